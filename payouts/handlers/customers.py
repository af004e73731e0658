"""Customers and cards that Stripe tells of: marks by which people are recognised."""

from datetime import datetime

from payouts.errors import ParentMissing
from payouts.handlers.parties import (
    customer_of,
    email_of,
    fill_in,
    find_payer,
    know_payer,
    names_code,
    refer_payer,
    referral_of,
)
from payouts.handlers.stripe_objects import metadata
from payouts.models import StripeEvent


def note_customer(event: StripeEvent, at: datetime) -> str:
    """`customer.created` and `customer.updated`: the person is known from now on by this customer id; where the
    customer's metadata names a code and nobody referred them yet, they are attributed.
    """
    customer = event.payload["data"]["object"]
    if not metadata(customer, "user_id") and not email_of(customer) and find_payer(event.tenant, customer) is None:
        return "nobody to recognise: no user id and no e-mail"
    person = know_payer(event.tenant, customer, at=at)
    if referral_of(person) is None and names_code(event.tenant, customer):
        return refer_payer(event, person, at=at) or "attributed"
    return "noted"


def note_card(event: StripeEvent, at: datetime) -> str:
    """`payment_method.attached` and `charge.succeeded`: the card's fingerprint is one of the customer's marks."""
    thing = event.payload["data"]["object"]
    if not customer_of(thing):
        return "no customer"
    person = find_payer(event.tenant, thing)
    if person is None:
        raise ParentMissing("nobody we know has this customer id", waits_for=customer_of(thing))
    fill_in(person, thing, at=at)
    return "noted"
