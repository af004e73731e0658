"""Transfers and reversals, asked for through the SDK."""

import pytest

from config.demo.stripe.objects import example
from tests.config.demo.stripe.worlds import TRANSFER, refusal, thing_of, types


def test_a_transfer_is_whole_and_found_again(v1, clock):
    asked = TRANSFER | {"transfer_group": "payout_7", "metadata": {"payout": "7"}, "description": "June"}

    made = v1.transfers.create(asked).to_dict()

    assert made.keys() == example("transfer").keys()
    assert made == made | asked | {"created": int(clock().timestamp()), "amount_reversed": 0, "reversed": False}
    assert v1.transfers.retrieve(made["id"]).to_dict() == made


def test_a_transfer_is_told_of_with_its_request(v1, fake):
    made = v1.transfers.create(TRANSFER, {"idempotency_key": "payout-7-1"})

    (event,) = fake.take_events()
    assert (event["type"], thing_of(event)) == ("transfer.created", made.to_dict())
    assert event["request"]["idempotency_key"] == "payout-7-1"
    assert event["api_version"] == "2026-10-28.endive"


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"destination": "acct_nobody"}, (400, "resource_missing", "destination")),
        ({"destination": "acct_restricted"}, (400, "insufficient_capabilities_for_transfer", None)),
        ({"currency": "USD"}, (400, None, "currency")),
        ({"currency": "xyz"}, (400, None, "currency")),
        ({"amount": 0}, (400, "parameter_invalid_integer", "amount")),
        ({"amount": -500}, (400, "parameter_invalid_integer", "amount")),
        ({"amount": 10_001}, (400, "balance_insufficient", None)),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_and_moves_nothing(v1, fake, change, answer):
    fake.open_account("acct_restricted", transfers="inactive")
    fake.set_balance("usd", 10_000)

    assert refusal(v1.transfers.create, TRANSFER | change) == answer
    assert (fake.store.count("transfer"), fake.store.balance("usd"), fake.take_events()) == (0, 10_000, [])


def test_transfers_come_out_of_the_platforms_balance_of_their_currency(v1, fake):
    fake.set_balance("usd", 700)
    v1.transfers.create(TRANSFER)

    assert fake.store.balance("usd") == 200
    assert refusal(v1.transfers.create, TRANSFER) == (400, "balance_insufficient", None)
    assert v1.transfers.create(TRANSFER | {"currency": "eur"}).currency == "eur"


def test_transfers_are_listed_by_group_destination_and_time(v1, fake, clock):
    fake.open_account("acct_erin")
    first = v1.transfers.create(TRANSFER | {"transfer_group": "a"}).id
    clock.go_on(hours=1)
    second = v1.transfers.create(TRANSFER | {"transfer_group": "b", "destination": "acct_erin"}).id
    hour = int(clock().timestamp())

    def found(**filters):
        return [transfer.id for transfer in v1.transfers.list(filters).data]

    assert found() == [second, first]
    assert found(transfer_group="a") == [first]
    assert found(transfer_group="nothing") == []
    assert found(destination="acct_erin") == [second]
    assert (found(created={"gte": hour}), found(created={"lt": hour}), found(created=hour)) == (
        [second],
        [first],
        [second],
    )


def test_metadata_of_a_transfer_is_set_and_taken_away_name_by_name(v1, fake):
    made = v1.transfers.create(TRANSFER | {"metadata": {"payout": "7", "attempt": "1"}})
    fake.events.clear()

    changed = v1.transfers.update(made.id, {"metadata": {"attempt": "", "note": "x"}})

    assert changed.to_dict()["metadata"] == {"payout": "7", "note": "x"}
    (event,) = fake.take_events()
    assert event["type"] == "transfer.updated"
    assert event["data"]["previous_attributes"] == {"metadata": {"payout": "7", "attempt": "1"}}


def test_a_transfer_is_reversed_in_parts_until_nothing_is_left(v1, fake):
    made = v1.transfers.create(TRANSFER)
    fake.set_balance("usd", 0)
    fake.events.clear()

    part = v1.transfers.reversals.create(made.id, {"amount": 200, "metadata": {"why": "refund"}}).to_dict()
    half = v1.transfers.retrieve(made.id)
    rest = v1.transfers.reversals.create(made.id)
    whole = v1.transfers.retrieve(made.id)

    assert part == part | {"object": "transfer_reversal", "transfer": made.id, "amount": 200, "currency": "usd"}
    assert (half.amount_reversed, half.reversed, rest.amount) == (200, False, 300)
    assert (whole.amount_reversed, whole.reversed) == (500, True)
    assert [reversal.id for reversal in v1.transfers.reversals.list(made.id).data] == [rest.id, part["id"]]
    assert [reversal.id for reversal in whole.reversals.data] == [rest.id, part["id"]]
    assert fake.store.balance("usd") == 500
    told = fake.take_events()
    assert types(told) == ["transfer.reversed"] * 2
    assert [(thing_of(event)["amount_reversed"], thing_of(event)["reversed"]) for event in told] == [
        (200, False),
        (500, True),
    ]


def test_no_more_is_reversed_than_was_sent_and_is_there(v1, fake):
    made = v1.transfers.create(TRANSFER)
    assert refusal(v1.transfers.reversals.create, made.id, {"amount": 501}) == (400, None, "amount")
    assert refusal(v1.transfers.reversals.create, "tr_no") == (404, "resource_missing", "transfer")

    fake.set_balance("usd", 100, account="acct_dana")
    assert refusal(v1.transfers.reversals.create, made.id) == (400, "balance_insufficient", None)

    fake.set_balance("usd", 500, account="acct_dana")
    v1.transfers.reversals.create(made.id)
    assert refusal(v1.transfers.reversals.create, made.id) == (400, "transfer_already_reversed", None)


def test_a_transfer_nobody_made_is_missing(v1):
    assert refusal(v1.transfers.retrieve, "tr_no") == (404, "resource_missing", "id")
    assert refusal(v1.transfers.update, "tr_no", {"description": "x"}) == (404, "resource_missing", "id")
