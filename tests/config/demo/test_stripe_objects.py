from datetime import UTC, datetime

import pytest

from config.demo import stripe_objects
from config.demo.stripe.objects import example
from config.demo.stripe_objects import Payer, Price

AT = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
PAYER = Payer("cus_1", "u_1", "Dana Vance", "dana@example.example", "DE")
PRICE = Price(100_00, "EUR", 19_00)
OBJECTS = {
    "customer": stripe_objects.customer(PAYER, at=AT),
    "charge": stripe_objects.charge(PAYER, PRICE, charge_id="ch_1", card="fingerprint", at=AT),
    "checkout.session": stripe_objects.checkout(PAYER, PRICE, session_id="cs_1", invoice_id="in_1", at=AT),
    "invoice": stripe_objects.invoice(PAYER, PRICE, invoice_id="in_1", at=AT),
    "event": stripe_objects.event("invoice.paid", {}, event_id="evt_1", at=AT),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_whole(name):
    """It has what Stripe's own example of it has, nothing more and nothing less."""
    assert OBJECTS[name].keys() == example(name).keys()
    assert OBJECTS[name]["object"] == name


def test_an_invoice_adds_up():
    invoice = OBJECTS["invoice"]
    assert (invoice["total"], invoice["amount_paid"], invoice["total_excluding_tax"]) == (119_00, 119_00, 100_00)
    assert [tax["amount"] for tax in invoice["total_taxes"]] == [19_00]


def test_examples_are_not_shared():
    OBJECTS["charge"]["payment_method_details"]["card"]["fingerprint"] = "another"
    fresh = stripe_objects.charge(PAYER, PRICE, charge_id="ch_2", card="fingerprint", at=AT)
    assert fresh["payment_method_details"]["card"]["fingerprint"] == "fingerprint"
