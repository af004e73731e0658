"""Stripe's objects as its webhooks send them: Stripe's own published examples, whole, with what a test is about set.

Amounts are in minor units. `deliver` signs an event with the SDK's own signer and brings it to the inbox's door.
"""

import json
from copy import deepcopy
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from payouts.gateway import sign_event
from payouts.handlers.dispatch import handle_due
from payouts.models import StripeEvent
from payouts.services.inbox import receive
from tenants.models import Tenant
from tests.cast import NOON

Thing = dict[str, Any]
EXAMPLES: dict[str, Thing] = json.loads(Path(__file__).with_suffix(".json").read_text())
_numbers = count(1)


def example(resource: str, **fields: Any) -> Thing:
    """Stripe's example of a resource, with fields of your own."""
    unknown = fields.keys() - EXAMPLES[resource].keys()
    assert not unknown, f"a {resource} has no {unknown}"
    return deepcopy(EXAMPLES[resource]) | fields


def invoice(
    key: str = "in_1",
    *,
    total: int = 100_00,
    tax: int = 0,
    credit: int = 0,
    customer: str = "cus_dana",
    paid_at: datetime = NOON,
    **fields: Any,
) -> Thing:
    """A paid invoice of `total`, tax included, of which account credit paid `credit`."""
    net = total - tax
    paid = {
        "amount_due": total - credit,
        "amount_paid": total - credit,
        "amount_remaining": 0,
        "amount_overpaid": 0,
        "starting_balance": -credit,
        "ending_balance": 0,
        "status": "paid",
        "status_transitions": EXAMPLES["invoice"]["status_transitions"] | {"paid_at": int(paid_at.timestamp())},
        "subtotal": net,
        "subtotal_excluding_tax": net,
        "total": total,
        "total_excluding_tax": net,
        "total_taxes": [{"amount": tax, "tax_behavior": "exclusive", "taxable_amount": net}] if tax else [],
    }
    thing = example("invoice", id=key, customer=customer, **(paid | fields))
    thing["lines"]["data"][0] |= {"invoice": key, "amount": net, "subtotal": net, "currency": thing["currency"]}
    return thing


def checkout(
    key: str = "cs_1",
    *,
    total: int = 100_00,
    tax: int = 0,
    customer: str | None = "cus_dana",
    email: str | None = None,
    **fields: Any,
) -> Thing:
    """A completed checkout of a subscription, whose payment its invoice tells of; see `one_off` for the other kind."""
    done = {
        "amount_subtotal": total - tax,
        "amount_total": total,
        "currency": "usd",
        "customer_details": EXAMPLES["checkout.session"]["customer_details"] | {"email": email},
        "invoice": "in_1",
        "mode": "subscription",
        "payment_intent": None,
        "payment_status": "paid",
        "status": "complete",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": tax},
    }
    return example("checkout.session", id=key, customer=customer, **(done | fields))


def one_off(key: str = "cs_1", *, payment_intent: str = "pi_1", **fields: Any) -> Thing:
    """A completed checkout of one payment, without an invoice."""
    return checkout(key, **({"mode": "payment", "invoice": None, "payment_intent": payment_intent} | fields))


def customer(key: str = "cus_dana", **fields: Any) -> Thing:
    return example("customer", id=key, **({"discount": None} | fields))


def charge(key: str = "ch_1", *, card: str = "fp_dana", customer: str | None = "cus_dana", **fields: Any) -> Thing:
    """A charge that succeeded, on the card of that fingerprint."""
    thing = example("charge", id=key, customer=customer, **fields)
    thing["payment_method_details"]["card"]["fingerprint"] = card
    thing["billing_details"]["name"] = None
    return thing


def payment_method(key: str = "pm_1", *, card: str = "fp_dana", customer: str = "cus_dana", **fields: Any) -> Thing:
    thing = example("payment_method", id=key, customer=customer, **fields)
    thing["card"]["fingerprint"] = card
    thing["billing_details"]["email"] = None
    return thing


def discount(promotion_code: str | Thing) -> Thing:
    """A discount by a promotion code: its id, or the whole object where Stripe was asked to expand it."""
    return example("discount", promotion_code=promotion_code)


def event(kind: str, thing: Thing, *, key: str = "", created: datetime = NOON, livemode: bool = False) -> Thing:
    """`event("invoice.paid", invoice())`"""
    told = {"id": key or f"evt_{next(_numbers)}", "type": kind, "created": int(created.timestamp())}
    return example("event", **told, livemode=livemode, data={"object": thing})


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
