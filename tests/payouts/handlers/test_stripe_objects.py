"""Reading Stripe's objects: what a payment brought in, and the marks and codes that lie somewhere inside."""

import pytest

from payouts.handlers.stripe_objects import (
    card_fingerprints,
    metadata,
    one_off_amount,
    promotion_codes,
    settled_amount,
)
from tests.stripe_objects import charge, checkout, customer, discount, example, invoice, one_off, payment_method

AMOUNTS = [  # currency, total, tax, credit, what is left
    ("usd", 100_00, 0, 0, 100_00),
    ("usd", 120_00, 20_00, 0, 100_00),
    ("usd", 120_00, 20_00, 30_00, 70_00),
    ("usd", 100_00, 0, 99_99, 1),
    ("usd", 100_00, 0, 100_00, 0),
    ("usd", 120_00, 20_00, 120_00, -20_00),
    ("usd", 20_00, 20_00, 0, 0),
    ("usd", 0, 0, 0, 0),
    ("eur", 119_00, 19_00, 19_00, 81_00),
    ("jpy", 11_000, 1_000, 0, 10_000),
    ("jpy", 11_000, 1_000, 500, 9_500),
    ("kwd", 10_000, 0, 2_500, 7_500),
]


@pytest.mark.parametrize(("currency", "total", "tax", "credit", "left"), AMOUNTS)
def test_an_invoice_brings_in_what_was_paid_less_tax_and_account_credit(currency, total, tax, credit, left):
    assert settled_amount(invoice(currency=currency, total=total, tax=tax, credit=credit)) == left


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"amount_paid": 40_00}, 40_00),  # part of it was paid outside Stripe, or by a credit note
        ({"amount_paid": 0}, 0),
        ({"amount_paid": 100_00, "starting_balance": -30_00}, 70_00),  # told as paid in full, by credit in part
        ({"starting_balance": -500_00, "ending_balance": -400_00, "amount_paid": 0}, 0),
        ({"starting_balance": -30_00, "ending_balance": None, "amount_paid": 70_00}, 70_00),
        ({"starting_balance": 25_00, "ending_balance": 0, "amount_paid": 125_00}, 100_00),  # an older debt came with it
        ({"total_excluding_tax": None, "total_taxes": [{"amount": 5_00}, {"amount": 2_00}]}, 93_00),
        ({"total_excluding_tax": None, "total_taxes": None}, 100_00),
        ({"total": -40_00, "total_excluding_tax": -40_00, "amount_paid": 0}, -40_00),  # a downgrade
    ],
)
def test_an_invoice_of_an_odd_kind_brings_in_no_more_than_was_earned(fields, left):
    assert settled_amount(invoice(**fields)) == left


def test_stripes_own_example_of_an_unpaid_invoice_brings_in_nothing():
    assert settled_amount(example("invoice")) == 0


@pytest.mark.parametrize(
    ("session", "left"),
    [
        (one_off(total=120_00, tax=20_00), 100_00),
        (one_off(total=0), 0),
        (one_off(payment_status="unpaid"), 0),
        (one_off(payment_status="no_payment_required"), 0),
        (one_off(invoice="in_1"), 0),
        (one_off(invoice=invoice()), 0),
        (one_off(total_details=None), 100_00),
        (checkout(), 0),
        (checkout(mode="setup", amount_total=None), 0),
    ],
)
def test_a_checkout_brings_in_a_payment_only_where_no_invoice_tells_of_it(session, left):
    assert one_off_amount(session) == left


def test_metadata_is_the_objects_own_or_that_of_its_subscription():
    subscription = {"type": "subscription_details", "subscription_details": {"metadata": {"user_id": "dana"}}}

    assert metadata(invoice(metadata={"user_id": " dana "}), "user_id") == "dana"
    assert metadata(invoice(parent=subscription), "user_id") == "dana"
    assert metadata(invoice(metadata={"user_id": "erin"}, parent=subscription), "user_id") == "erin"
    assert metadata(invoice(metadata=None, parent=None), "user_id") == ""


def test_promotion_codes_are_found_by_id_and_whole():
    whole = example("promotion_code", id="promo_2", code="ALICE20")

    assert list(filter(None, promotion_codes(checkout(discounts=[discount("promo_1"), discount(whole)])))) == [
        "promo_1",
        "promo_2",
        "ALICE20",
    ]
    assert list(filter(None, promotion_codes(customer(discount=discount("promo_1"))))) == ["promo_1"]
    assert list(filter(None, promotion_codes(invoice(discounts=["di_1"])))) == []
    assert list(filter(None, promotion_codes(checkout(discounts=None)))) == []


def test_cards_are_found_wherever_an_object_holds_them():
    in_settings = customer()["invoice_settings"] | {"default_payment_method": payment_method(card="fp_settings")}
    sources = {"object": "list", "data": [{"object": "card", "exp_month": 8, "fingerprint": "fp_source"}]}
    thing = customer(invoice_settings=in_settings) | {"sources": sources}

    assert sorted(card_fingerprints(thing)) == ["fp_settings", "fp_source"]
    assert list(card_fingerprints(charge(card="fp_charge"))) == ["fp_charge"]
    assert list(card_fingerprints(invoice(default_payment_method=payment_method(card="fp_invoice")))) == ["fp_invoice"]


def test_fingerprint_of_what_is_no_card_is_none():
    bank = {"object": "payment_method", "type": "sepa_debit", "sepa_debit": {"fingerprint": "fp_bank"}}

    assert list(card_fingerprints([bank, customer(), invoice()])) == []
