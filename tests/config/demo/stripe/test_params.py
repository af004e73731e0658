"""Parameters, against the SDK's own parameter types: what none of them has, misses or means is refused."""

import pytest

from tests.config.demo.stripe.worlds import TRANSFER, refusal

CREDIT = {"amount": -500, "currency": "usd"}
UNKNOWN, MISSING, INTEGER = "parameter_unknown", "parameter_missing", "parameter_invalid_integer"


def change(asked, changes):
    """A value of None takes the parameter away."""
    return {name: value for name, value in (asked | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"recipient": "acct_dana"}, UNKNOWN, "recipient"),
        ({"idempotency_key": "k"}, UNKNOWN, "idempotency_key"),
        ({"currency": None}, MISSING, "currency"),
        ({"destination": None}, MISSING, "destination"),
        ({"destination": ""}, MISSING, "destination"),
        ({"amount": None}, MISSING, "amount"),
        ({"amount": "5.00"}, INTEGER, "amount"),
        ({"amount": ""}, INTEGER, "amount"),
        ({"amount": "\u0665"}, INTEGER, "amount"),
        ({"amount": 10**19}, INTEGER, "amount"),
        ({"amount": {"value": 5}}, INTEGER, "amount"),
        ({"source_type": "gold"}, None, "source_type"),
        ({"metadata": "payout 7"}, None, "metadata"),
        ({"metadata": {"payout": {"id": 7}}}, None, "metadata[payout]"),
        ({"metadata": {"k" * 41: "7"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {"payout": "7" * 501}}, None, "metadata[payout]"),
        ({"metadata": {f"k{number}": "7" for number in range(51)}}, None, "metadata"),
        ({"description": {"text": "June"}}, None, "description"),
        ({"expand": "destination"}, None, "expand"),
    ],
)
def test_transfer(v1, fake, changes, code, param):
    assert refusal(v1.transfers.create, change(TRANSFER, changes)) == (400, code, param)
    assert fake.store.count("transfer") == 0


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"transfer_group": "payout_7"}, UNKNOWN, "transfer_group"),
        ({"currency": None}, MISSING, "currency"),
        ({"amount": None}, MISSING, "amount"),
        ({"amount": "much"}, INTEGER, "amount"),
        ({"currency": "USD"}, None, "currency"),
        ({"metadata": "payout 7"}, None, "metadata"),
    ],
)
def test_balance_transaction(v1, fake, changes, code, param):
    asked = change(CREDIT, changes)

    assert refusal(v1.customers.balance_transactions.create, "cus_dana", asked) == (400, code, param)
    assert fake.store.count("customer_balance_transaction") == 0


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"invoice": "in_1"}, UNKNOWN, "invoice"),
        ({"charge": None}, MISSING, None),
        ({"amount": "all"}, INTEGER, "amount"),
        ({"amount": 0}, INTEGER, "amount"),
        ({"reason": "regret"}, None, "reason"),
        ({"refund_application_fee": "perhaps"}, None, "refund_application_fee"),
        ({"charge": ["ch_1", "ch_2"]}, None, "charge"),
    ],
)
def test_refund(v1, fake, changes, code, param):
    assert refusal(v1.refunds.create, change({"charge": "ch_1"}, changes)) == (400, code, param)
    assert fake.store.count("refund") == 0


@pytest.mark.parametrize(
    ("resource", "changes", "code", "param"),
    [
        ("transfers", {"status": "paid"}, UNKNOWN, "status"),
        ("transfers", {"limit": 0}, INTEGER, "limit"),
        ("transfers", {"limit": 101}, INTEGER, "limit"),
        ("transfers", {"limit": "all"}, INTEGER, "limit"),
        ("transfers", {"starting_after": "tr_no"}, "resource_missing", "starting_after"),
        ("transfers", {"created": {"since": 5}}, UNKNOWN, "created[since]"),
        ("transfers", {"created": {"gte": "june"}}, INTEGER, "created[gte]"),
        ("transfers", {"created": "june"}, INTEGER, "created"),
        ("events", {"types": "transfer.created"}, None, "types"),
        ("events", {"types": ["a"], "type": "b"}, None, "types"),
        ("events", {"types": ["a"] * 21}, None, "types"),
        ("events", {"delivery_success": "perhaps"}, None, "delivery_success"),
        ("invoice_payments", {"payment": {"intent": "pi_1"}}, UNKNOWN, "payment[intent]"),
        ("invoice_payments", {"payment": {"payment_intent": "pi_1"}}, MISSING, "payment[type]"),
        ("invoice_payments", {"payment": {"type": "cash"}}, None, "payment[type]"),
        ("refunds", {"invoice": "in_1"}, UNKNOWN, "invoice"),
        ("customers", {"name": "Dana"}, UNKNOWN, "name"),
    ],
)
def test_lists(v1, resource, changes, code, param):
    assert refusal(getattr(v1, resource).list, changes) == (400, code, param)


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"business_profile": {"names": "x"}}, UNKNOWN, "business_profile[names]"),
        ({"capabilities": {"transfers": {"requested": "perhaps"}}}, None, "capabilities[transfers][requested]"),
        ({"capabilities": {"transfers": True}}, None, "capabilities[transfers]"),
        ({"type": "gold"}, None, "type"),
    ],
)
def test_account(v1, changes, code, param):
    assert refusal(v1.accounts.create, {"type": "express"} | changes) == (400, code, param)


def test_a_retrieval_takes_nothing_but_expand(v1, fake):
    made = v1.transfers.create(TRANSFER)

    assert refusal(v1.transfers.retrieve, made.id, {"limit": 5}) == (400, UNKNOWN, "limit")
    assert v1.transfers.retrieve(made.id, {"expand": ["destination"]}).destination.id == "acct_dana"
