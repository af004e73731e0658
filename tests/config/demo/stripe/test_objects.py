"""The builders give whole objects: all that Stripe's own example of a resource has."""

import pytest

from config.demo.stripe import objects
from tests.cast import NOON

CARD = {"customer": "cus_1", "currency": "usd", "at": NOON}
BACK = {"amount": 10_00, "currency": "usd", "at": NOON}
THINGS = {
    "account": objects.account("acct_1", at=NOON),
    "charge": objects.charge("ch_1", amount=100_00, card="fp_1", **CARD),
    "checkout.session": objects.checkout("cs_1", total=100_00, **CARD),
    "credit_note": objects.credit_note("cn_1", invoice="in_1", refunds=[("re_1", 5_00)], **BACK),
    "customer": objects.customer("cus_1", at=NOON),
    "customer_balance_transaction": objects.balance_transaction("cb_1", customer="cus_1", ending_balance=5, **BACK),
    "dispute": objects.dispute("dp_1", charge="ch_1", **BACK),
    "event": objects.event("invoice.paid", {}, event_id="evt_1", at=NOON),
    "invoice": objects.invoice("in_1", total=100_00, **CARD),
    "invoice_payment": objects.invoice_payment("inpay_1", invoice="in_1", payment_intent="pi_1", **BACK),
    "payment_method": objects.payment_method("pm_1", customer="cus_1", card="fp_1", at=NOON),
    "refund": objects.refund("re_1", charge="ch_1", **BACK),
    "transfer": objects.transfer("tr_1", destination="acct_1", **BACK),
    "transfer_reversal": objects.transfer_reversal("trr_1", transfer="tr_1", **BACK),
}


@pytest.mark.parametrize("name", THINGS)
def test_an_object_is_whole(name):
    thing = THINGS[name]

    assert thing.keys() == objects.example(name).keys()
    assert (thing["object"], "created" in thing) == (name, True)
    assert thing["created"] == int(NOON.timestamp())


@pytest.mark.parametrize("name", THINGS)
def test_no_object_has_what_its_resource_does_not(name):
    with pytest.raises(TypeError, match=f"a {name} has no colour"):
        objects.example(name, colour="red")


def test_objects_share_nothing():
    one, other = objects.account("acct_1", at=NOON), objects.account("acct_2", at=NOON)
    one["requirements"]["currently_due"].append("a passport")

    assert other["requirements"]["currently_due"] == []


def test_an_invoice_of_credit_tax_and_a_payment_adds_up():
    invoice = objects.invoice("in_1", total=119_00, tax=19_00, credit=20_00, payment_intent="pi_1", **CARD)

    assert (invoice["subtotal"], invoice["total_excluding_tax"]) == (100_00, 100_00)
    assert (invoice["starting_balance"], invoice["amount_due"], invoice["amount_paid"]) == (-20_00, 99_00, 99_00)
    assert [tax["amount"] for tax in invoice["total_taxes"]] == [19_00]
    assert [line["amount"] for line in invoice["lines"]["data"]] == [100_00]
    (payment,) = invoice["payments"]["data"]
    assert (payment["payment"]["payment_intent"], payment["amount_paid"]) == ("pi_1", 99_00)


def test_fields_given_win():
    invoice = objects.invoice("in_1", total=100_00, **CARD, status="open", amount_paid=0, status_transitions=None)

    assert (invoice["status"], invoice["amount_paid"], invoice["status_transitions"]) == ("open", 0, None)


def test_a_credit_note_before_payment_and_after():
    before = objects.credit_note("cn_1", invoice="in_1", is_paid=False, status="void", **BACK)
    after = objects.credit_note("cn_1", invoice="in_1", tax=1_60, **BACK)

    assert (before["type"], before["pre_payment_amount"], before["post_payment_amount"]) == ("pre_payment", 10_00, 0)
    assert (before["status"], before["voided_at"]) == ("void", int(NOON.timestamp()))
    assert (after["type"], after["post_payment_amount"], after["subtotal"]) == ("post_payment", 10_00, 8_40)


def test_a_refund_that_failed_says_why():
    refund = objects.refund("re_1", charge="ch_1", status="failed", failure_reason="lost_or_stolen_card", **BACK)

    assert (refund["status"], refund["failure_reason"]) == ("failed", "lost_or_stolen_card")
