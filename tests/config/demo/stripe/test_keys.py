"""Idempotency as Stripe keeps it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import stripe

from config.demo.stripe import FakeHTTPClient, FakeStripe
from tests.cast import NOON
from tests.config.demo.stripe.worlds import TRANSFER, refusal, with_key


def test_the_same_request_again_is_answered_as_the_first_time(v1, fake):
    first = v1.transfers.create(TRANSFER, with_key("k"))
    again = v1.transfers.create(TRANSFER, with_key("k"))

    assert again.to_dict() == first.to_dict()
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert (fake.store.count("transfer"), len(fake.take_events())) == (1, 1)


def test_the_answer_is_that_of_then_though_the_object_has_changed(v1):
    first = v1.transfers.create(TRANSFER, with_key("k"))
    v1.transfers.reversals.create(first.id)

    assert v1.transfers.create(TRANSFER, with_key("k")).amount_reversed == 0


@pytest.mark.parametrize("changes", [{"amount": 501}, {"metadata": {"a": "b"}}, {"destination": "acct_no"}])
def test_another_request_under_the_same_key_is_a_conflict(v1, fake, changes):
    v1.transfers.create(TRANSFER, with_key("k"))

    with pytest.raises(stripe.IdempotencyError) as caught:
        v1.transfers.create(TRANSFER | changes, with_key("k"))
    assert caught.value.http_status == 400
    assert fake.store.count("transfer") == 1


def test_another_address_under_the_same_key_is_a_conflict(v1):
    made = v1.transfers.create(TRANSFER, with_key("k"))

    with pytest.raises(stripe.IdempotencyError):
        v1.transfers.reversals.create(made.id, {}, with_key("k"))


def test_a_key_is_forgotten_after_a_day(v1, fake, clock):
    first = v1.transfers.create(TRANSFER, with_key("k"))
    clock.go_on(hours=23, minutes=59)
    assert v1.transfers.create(TRANSFER, with_key("k")).id == first.id
    clock.go_on(minutes=1)

    second = v1.transfers.create(TRANSFER | {"amount": 700}, with_key("k"))
    assert (second.id == first.id, second.amount, fake.store.count("transfer")) == (False, 700, 2)


def test_a_request_that_was_no_request_leaves_its_key_free(v1):
    for wrong in ({"amount": "much"}, {"amount": 0}, {"currency": "USD"}, {"colour": "red"}):
        assert refusal(v1.transfers.create, TRANSFER | wrong, with_key("k"))[0] == 400

    assert v1.transfers.create(TRANSFER, with_key("k")).amount == 500


def test_what_failed_when_it_was_carried_out_is_kept(v1, fake):
    fake.set_balance("usd", 0)
    refused = (400, "balance_insufficient", None)
    assert refusal(v1.transfers.create, TRANSFER, with_key("k")) == refused

    fake.set_balance("usd", 10_000)
    assert refusal(v1.transfers.create, TRANSFER, with_key("k")) == refused
    assert v1.transfers.create(TRANSFER, with_key("another")).amount == 500


def test_a_key_may_be_255_characters_long(v1):
    assert v1.transfers.create(TRANSFER, with_key("k" * 255)).amount == 500
    assert refusal(v1.transfers.create, TRANSFER, with_key("k" * 256))[0] == 400


def test_keys_of_reads_mean_nothing(v1):
    made = v1.transfers.create(TRANSFER, with_key("k"))

    assert v1.transfers.retrieve(made.id, {}, with_key("k")).id == made.id


def test_many_at_once_with_one_key_make_one_transfer(fake):
    def create(_):
        client = stripe.StripeClient("sk_test_fake", http_client=FakeHTTPClient(fake), max_network_retries=50)
        return client.v1.transfers.create(TRANSFER, with_key("k")).id

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(create, range(32)))

    assert (len(made), fake.store.count("transfer")) == (1, 1)


def test_while_a_request_is_carried_out_its_key_is_in_use():
    begun, may_end = Event(), Event()

    def sleep(seconds):
        assert seconds == 7
        begun.set()
        assert may_end.wait(10)

    fake = FakeStripe(now=lambda: NOON, sleep=sleep)
    fake.open_account("acct_dana")
    fake.fail("slow", seconds=7)
    transfers = stripe.StripeClient(
        "sk_test_fake", http_client=FakeHTTPClient(fake), max_network_retries=0
    ).v1.transfers
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(transfers.create, TRANSFER, with_key("k"))
        assert begun.wait(10)
        meanwhile = refusal(transfers.create, TRANSFER, with_key("k"))
        may_end.set()
        made = slow.result()

    assert meanwhile[0] == 409
    assert transfers.create(TRANSFER, with_key("k")).id == made.id
