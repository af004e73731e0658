"""Charges, invoices, invoice payments and refunds."""

import pytest

from config.demo.stripe.objects import example
from tests.config.demo.stripe.worlds import refusal, thing_of, types


@pytest.fixture
def charge(fake):
    """Dana's payment of 100.00 for the invoice in_1, by the intent that it names."""
    told = fake.pay_invoice("cus_dana", 100_00, invoice="in_1")
    fake.events.clear()
    return thing_of(told[0])


def test_a_refund_is_whole_and_told_of(v1, fake, charge):
    made = v1.refunds.create({"charge": charge["id"], "amount": 30_00, "reason": "duplicate", "metadata": {"a": "b"}})

    told = made.to_dict()
    assert told.keys() == example("refund").keys()
    about = {"charge": charge["id"], "payment_intent": charge["payment_intent"], "amount": 30_00, "reason": "duplicate"}
    assert told == told | about | {"currency": "usd", "status": "succeeded", "metadata": {"a": "b"}}
    assert v1.refunds.retrieve(made.id).to_dict() == told
    events = fake.take_events()
    assert types(events) == ["refund.created", "charge.refunded"]
    assert thing_of(events[0]) == told
    assert (thing_of(events[1])["amount_refunded"], thing_of(events[1])["refunded"]) == (30_00, False)
    assert events[1]["data"]["previous_attributes"] == {"amount_refunded": 0}
    assert "refunds" not in thing_of(events[1])


def test_refunds_come_to_the_whole_and_no_more(v1, charge):
    intent = {"payment_intent": charge["payment_intent"]}
    parts = [v1.refunds.create(intent | {"amount": 33_33}).id, v1.refunds.create(intent | {"amount": 33_33}).id]
    assert refusal(v1.refunds.create, intent | {"amount": 33_35}) == (400, None, "amount")
    parts.append(v1.refunds.create(intent).id)

    assert refusal(v1.refunds.create, intent) == (400, "charge_already_refunded", None)
    whole = v1.charges.retrieve(charge["id"], {"expand": ["refunds"]})
    assert (whole.amount_refunded, whole.refunded) == (100_00, True)
    assert [refund.amount for refund in whole.refunds.data] == [33_34, 33_33, 33_33]
    for by in (intent, {"charge": charge["id"]}):
        assert [refund.id for refund in v1.refunds.list(by).data] == parts[::-1]
    assert v1.refunds.list({"charge": "ch_other"}).data == []


def test_a_refund_of_nothing_known_is_refused(v1):
    assert refusal(v1.refunds.create, {"charge": "ch_no"}) == (400, "resource_missing", "charge")
    assert refusal(v1.refunds.create, {"payment_intent": "pi_no"}) == (400, "resource_missing", "payment_intent")
    assert refusal(v1.refunds.create, {"amount": 5}) == (400, "parameter_missing", None)
    assert refusal(v1.refunds.retrieve, "re_no") == (404, "resource_missing", "id")


def test_a_refunds_metadata_is_changed(v1, fake, charge):
    made = v1.refunds.create({"charge": charge["id"]})
    fake.events.clear()

    assert v1.refunds.update(made.id, {"metadata": {"a": "b"}}).to_dict()["metadata"] == {"a": "b"}
    assert types(fake.take_events()) == ["refund.updated"]


def test_an_invoice_shows_its_payments_to_who_asks(v1, charge):
    assert "payments" not in v1.invoices.retrieve("in_1").to_dict()

    payments = v1.invoices.retrieve("in_1", {"expand": ["payments"]}).payments.data
    assert [payment.payment.payment_intent for payment in payments] == [charge["payment_intent"]]


def test_from_a_payment_to_its_invoice(v1, fake, charge):
    fake.pay_invoice("cus_dana", 5_00)
    by_intent = {"payment": {"type": "payment_intent", "payment_intent": charge["payment_intent"]}}

    (payment,) = v1.invoice_payments.list(by_intent).data

    assert payment.to_dict().keys() == example("invoice_payment").keys()
    assert (payment.invoice, payment.amount_paid, payment.status) == ("in_1", 100_00, "paid")
    assert [found.id for found in v1.invoice_payments.list({"invoice": "in_1"}).data] == [payment.id]
    whole = v1.invoice_payments.list(by_intent | {"expand": ["data.invoice"]}).data[0].invoice
    assert (whole.id, whole.total) == ("in_1", 100_00)


def test_what_nobody_paid_is_missing(v1):
    assert refusal(v1.charges.retrieve, "ch_no") == (404, "resource_missing", "id")
    assert refusal(v1.invoices.retrieve, "in_no") == (404, "resource_missing", "id")
    assert v1.invoice_payments.list({"invoice": "in_no"}).data == []


def test_only_what_is_there_is_expanded(v1, charge):
    assert v1.charges.retrieve(charge["id"], {"expand": ["customer"]}).customer.id == "cus_dana"
    assert refusal(v1.charges.retrieve, charge["id"], {"expand": ["invoice"]}) == (400, None, "expand")
    assert refusal(v1.refunds.list, {"expand": ["charge"]}) == (400, None, "expand")
