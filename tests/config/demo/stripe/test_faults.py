"""Failures on order, as the SDK meets them."""

import pytest
import stripe

from config.demo.stripe import FakeHTTPClient, FakeStripe
from tests.config.demo.stripe.worlds import TRANSFER, refusal, types, with_key


def transfers_of(fake):
    return fake.store.count("transfer")


def test_a_connection_lost_before_the_effect_leaves_nothing(v1, fake):
    fake.fail("lost_before", times=3)

    with pytest.raises(stripe.APIConnectionError):
        v1.transfers.create(TRANSFER, with_key("k"))
    assert (transfers_of(fake), fake.take_events()) == (0, [])
    assert v1.transfers.create(TRANSFER, with_key("k")).amount == 500


def test_a_connection_lost_after_the_effect_leaves_it_and_its_answer(v1, fake):
    fake.fail("lost_after", times=3)

    with pytest.raises(stripe.APIConnectionError):
        v1.transfers.create(TRANSFER, with_key("k"))
    assert (transfers_of(fake), types(fake.take_events())) == (1, ["transfer.created"])
    again = v1.transfers.create(TRANSFER, with_key("k"))
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert transfers_of(fake) == 1


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
def test_one_lost_connection_is_mended_by_the_sdk(v1, fake, kind):
    fake.fail(kind)

    assert v1.transfers.create(TRANSFER).amount == 500
    assert (transfers_of(fake), len(fake.requests)) == (1, 2)


def test_too_many_requests_come_before_the_key(v1, fake):
    fake.fail("rate_limited")

    with pytest.raises(stripe.RateLimitError):
        v1.transfers.create(TRANSFER, with_key("k"))
    assert v1.transfers.create(TRANSFER | {"amount": 700}, with_key("k")).amount == 700


@pytest.mark.parametrize(("kind", "effects"), [("error_before", 0), ("error_after", 1)])
def test_a_server_error_is_kept_with_the_key(v1, fake, kind, effects):
    fake.fail(kind)

    for _ in range(2):
        assert refusal(v1.transfers.create, TRANSFER, with_key("k"))[0] == 500
    assert (transfers_of(fake), len(fake.take_events()), len(fake.requests)) == (effects, effects, 2)
    assert v1.transfers.create(TRANSFER, with_key("another")).amount == 500


def test_a_refused_request_is_refused_though_an_error_is_due(v1, fake):
    fake.fail("error_after")
    fake.set_balance("usd", 0)

    assert refusal(v1.transfers.create, TRANSFER, with_key("k")) == (400, "balance_insufficient", None)


def test_what_is_refused_at_the_end_leaves_nothing(v1, fake):
    fake.fail("error_after")

    assert refusal(v1.transfers.create, TRANSFER | {"expand": ["colour"]}, with_key("k")) == (400, None, "expand")
    assert (transfers_of(fake), fake.take_events()) == (0, [])


def test_faults_are_for_some_addresses_and_count_down(v1, fake):
    fake.fail("rate_limited", times=2, path="/v1/transfers", method="POST")
    fake.fail("error_before", path="/v1/customers/*")

    assert v1.transfers.list().data == []
    assert refusal(v1.customers.retrieve, "cus_dana")[0] == 500
    assert v1.customers.retrieve("cus_dana").id == "cus_dana"
    assert [refusal(v1.transfers.create, TRANSFER)[0] for _ in range(2)] == [429, 429]
    assert v1.transfers.create(TRANSFER).amount == 500


def test_faults_are_called_off(v1, fake):
    fake.fail("rate_limited", times=100)
    fake.faults.clear()

    assert v1.transfers.list().data == []


def test_a_fault_nobody_knows_is_not_ordered(fake):
    with pytest.raises(ValueError, match="no such fault: gremlin"):
        fake.fail("gremlin")


@pytest.mark.parametrize("key", ["", "sk_test_other", "sk_test_fake "])
def test_a_wrong_key_is_refused(fake, key):
    status, _, body = fake.handle("get", "/v1/transfers", "", {"Authorization": f"Bearer {key}"})

    assert (status, '"type": "invalid_request_error"' in body) == (401, True)
    assert fake.handle("get", "/v1/transfers", "", {})[0] == 401


def test_each_of_several_fakes_is_an_account_of_its_own(fake):
    other = FakeStripe(api_keys=("sk_test_globex",))
    both = FakeHTTPClient(fake, other)
    globex = stripe.StripeClient("sk_test_globex", http_client=both).v1
    acme = stripe.StripeClient("sk_test_fake", http_client=both).v1

    assert globex.customers.create({}).id not in [each.id for each in acme.customers.list().data]
    assert (fake.store.count("customer"), other.store.count("customer")) == (1, 1)


def test_what_the_fake_does_not_do_is_an_unknown_address(v1):
    with pytest.raises(stripe.InvalidRequestError, match=r"Unrecognized request URL \(GET: /v1/payouts\)") as caught:
        v1.payouts.list()
    assert caught.value.http_status == 404
    assert refusal(v1.customers.delete, "cus_dana")[0] == 404
