"""Stripe's objects as its webhooks send them, whole: the builders of the fake Stripe, with a test's usual values.

Amounts are in minor units. `deliver` signs an event with the SDK's own signer and brings it to the inbox's door.
"""

import json
from datetime import datetime
from itertools import count
from typing import Any

from config.demo.stripe import objects
from payouts.gateway import sign_event
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from payouts.services.inbox import receive
from tenants.models import Tenant
from tests.cast import NOON

Thing = objects.StripeObject
example, discount = objects.example, objects.discount
_numbers = count(1)


def invoice(
    key: str = "in_1",
    *,
    total: int = 100_00,
    tax: int = 0,
    credit: int = 0,
    customer: str | None = "cus_dana",
    currency: str = "usd",
    payment_intent: str = "",
    paid_at: datetime = NOON,
    **fields: Any,
) -> Thing:
    """A paid invoice of `total`, tax included, of which account credit paid `credit`."""
    about = {"customer": customer, "currency": currency, "payment_intent": payment_intent, "at": paid_at}
    return objects.invoice(key, total=total, tax=tax, credit=credit, **about, **fields)


def invoice_payment(
    key: str = "inpay_1",
    *,
    invoice: str = "in_1",
    payment_intent: str = "pi_1",
    amount: int = 100_00,
    currency: str = "usd",
    **fields: Any,
) -> Thing:
    about = {"invoice": invoice, "payment_intent": payment_intent, "amount": amount, "currency": currency}
    return objects.invoice_payment(key, **about, at=NOON, **fields)


def checkout(
    key: str = "cs_1",
    *,
    total: int = 100_00,
    tax: int = 0,
    customer: str | None = "cus_dana",
    email: str | None = None,
    currency: str = "usd",
    **fields: Any,
) -> Thing:
    """A completed checkout of a subscription, whose payment its invoice tells of; see `one_off` for the other kind."""
    told = {"customer": customer, "total": total, "tax": tax, "currency": currency, "at": NOON}
    thing = objects.checkout(key, **told, **({"invoice": "in_1"} | fields))
    if "customer_details" not in fields:
        thing["customer_details"]["email"] = email
    return thing


def one_off(key: str = "cs_1", *, payment_intent: str = "pi_1", **fields: Any) -> Thing:
    """A completed checkout of one payment, without an invoice."""
    alone = {"mode": "payment", "invoice": None, "invoice_creation": None, "payment_intent": payment_intent}
    return checkout(key, **(alone | fields))


def customer(key: str = "cus_dana", **fields: Any) -> Thing:
    return objects.customer(key, at=NOON, **fields)


def charge(
    key: str = "ch_1",
    *,
    card: str = "fp_dana",
    customer: str | None = "cus_dana",
    amount: int = 100_00,
    currency: str = "usd",
    **fields: Any,
) -> Thing:
    """A charge that succeeded, on the card of that fingerprint."""
    return objects.charge(key, customer=customer, amount=amount, currency=currency, at=NOON, card=card, **fields)


def refund(
    key: str = "re_1",
    *,
    charge: str | None = "ch_1",
    payment_intent: str | None = "pi_1",
    amount: int = 100_00,
    currency: str = "usd",
    status: str = "succeeded",
    **fields: Any,
) -> Thing:
    about = {"charge": charge, "payment_intent": payment_intent, "amount": amount, "currency": currency}
    return objects.refund(key, **about, status=status, at=NOON, **fields)


def dispute(
    key: str = "dp_1",
    *,
    charge: str = "ch_1",
    payment_intent: str | None = "pi_1",
    amount: int = 100_00,
    currency: str = "usd",
    status: str = "needs_response",
    **fields: Any,
) -> Thing:
    about = {"charge": charge, "payment_intent": payment_intent, "amount": amount, "currency": currency}
    return objects.dispute(key, **about, status=status, at=NOON, **fields)


def credit_note(
    key: str = "cn_1",
    *,
    invoice: str = "in_1",
    amount: int = 100_00,
    currency: str = "usd",
    refunds: list[tuple[str, int]] | None = None,
    status: str = "issued",
    **fields: Any,
) -> Thing:
    """A credit note on a paid invoice; `refunds` are those that came with it, as (id, amount)."""
    about = {"invoice": invoice, "amount": amount, "currency": currency, "refunds": refunds}
    return objects.credit_note(key, **about, status=status, at=NOON, **fields)


def transfer(
    key: str = "tr_1",
    *,
    amount: int = 100_00,
    currency: str = "usd",
    destination: str = "acct_dana",
    **fields: Any,
) -> Thing:
    return objects.transfer(key, amount=amount, currency=currency, destination=destination, at=NOON, **fields)


def payment_method(
    key: str = "pm_1", *, card: str = "fp_dana", customer: str | None = "cus_dana", **fields: Any
) -> Thing:
    return objects.payment_method(key, customer=customer, card=card, at=NOON, **fields)


def event(kind: str, thing: Thing, *, key: str = "", created: datetime = NOON, livemode: bool = False) -> Thing:
    """`event("invoice.paid", invoice())`"""
    return objects.event(kind, thing, event_id=key or f"evt_{next(_numbers)}", at=created, livemode=livemode)


def deliver(tenant: Tenant, event: Thing, *, at: datetime = NOON) -> tuple[StripeEvent, bool]:
    body = json.dumps(event)
    signature = sign_event(body, tenant.stripe_webhook_secret, at=at)
    return receive(tenant.alias, body=body.encode(), signature=signature, at=at)


def deliver_and_handle(tenant: Tenant, *events: Thing, at: datetime = NOON) -> StripeEvent:
    """Deliver events, handling what is due after each; return what became of the last."""
    for each in events:
        stored, _ = deliver(tenant, each, at=at)
        handle_due(at=at)
    stored.refresh_from_db()
    return stored
