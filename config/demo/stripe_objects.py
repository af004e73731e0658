"""Whole Stripe objects for the demo: Stripe's own published examples, with what is told of overridden.

The examples stand in stripe_objects.json. No Django here: the traffic of the demo uses this too.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

StripeObject = dict[str, Any]
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Payer:
    """Somebody as Stripe knows them; `user_id` is the company's own id, which its checkout puts into metadata."""

    customer: str
    user_id: str
    name: str
    email: str
    country: str = "US"

    @property
    def metadata(self) -> dict[str, str]:
        return {"user_id": self.user_id} if self.user_id else {}


@dataclass(frozen=True)
class Price:
    """What one invoice comes to, in minor units, the tax included in none of them."""

    amount: int
    currency: str
    tax: int = 0
    plan: str = "Acme Team"

    @property
    def total(self) -> int:
        return self.amount + self.tax


def event(kind: str, thing: StripeObject, *, event_id: str, at: datetime) -> StripeObject:
    return _example("event") | {
        "id": event_id,
        "type": kind,
        "created": int(at.timestamp()),
        "data": {"object": thing},
        "pending_webhooks": 1,
    }


def customer(payer: Payer, *, at: datetime) -> StripeObject:
    return _example("customer") | {
        "id": payer.customer,
        "created": int(at.timestamp()),
        "address": _address(payer),
        "email": payer.email,
        "name": payer.name,
        "metadata": payer.metadata,
        "discount": None,
    }


def charge(payer: Payer, price: Price, *, charge_id: str, card: str, at: datetime) -> StripeObject:
    """A successful payment by card; `card` is the card's fingerprint."""
    thing = _example("charge")
    thing["billing_details"] |= {"address": _address(payer), "email": payer.email, "name": payer.name}
    thing["payment_method_details"]["card"] |= {"fingerprint": card, "country": payer.country}
    thing["outcome"] |= {"network_status": "approved_by_network", "type": "authorized"}
    thing["refunds"]["url"] = f"/v1/charges/{charge_id}/refunds"
    return thing | {
        "id": charge_id,
        "created": int(at.timestamp()),
        "amount": price.total,
        "amount_captured": price.total,
        "captured": True,
        "currency": price.currency.lower(),
        "customer": payer.customer,
        "description": price.plan,
        "receipt_url": None,
        "source": None,
        "transfer_data": None,
    }


def checkout(
    payer: Payer, price: Price, *, session_id: str, invoice_id: str, at: datetime, reference: str = "", coupon: str = ""
) -> StripeObject:
    """A subscription that was signed up for. `reference` is the click or the code the company's page passed on, and
    `coupon` the id of a promotion code that was typed in.
    """
    thing = _example("checkout.session")
    details = {"address": _address(payer), "email": payer.email, "name": payer.name}
    return thing | {
        "id": session_id,
        "created": int(at.timestamp()),
        "expires_at": int((at + timedelta(days=1)).timestamp()),
        "mode": "subscription",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": None,
        "invoice": invoice_id,
        "subscription": f"sub_{payer.customer.removeprefix('cus_')}",
        "url": None,
        "amount_subtotal": price.amount,
        "amount_total": price.total,
        "currency": price.currency.lower(),
        "currency_conversion": None,
        "client_reference_id": reference or None,
        "customer": payer.customer,
        "customer_details": thing["customer_details"] | details,
        "discounts": [{"coupon": None, "promotion_code": coupon}] if coupon else [],
        "metadata": payer.metadata,
        "shipping_cost": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": price.tax},
    }


def invoice(payer: Payer, price: Price, *, invoice_id: str, at: datetime, number: str = "") -> StripeObject:
    """A paid invoice of a subscription, with one line."""
    thing = _example("invoice")
    paid_at, period_end = int(at.timestamp()), int((at + MONTH).timestamp())
    thing["lines"] |= {
        "data": [_line(thing["lines"]["data"][0], price, invoice_id=invoice_id, period=(paid_at, period_end))],
        "url": f"/v1/invoices/{invoice_id}/lines",
    }
    thing["parent"] = {
        "quote_details": None,
        "subscription_details": {
            "metadata": payer.metadata,
            "subscription": f"sub_{payer.customer.removeprefix('cus_')}",
        },
        "type": "subscription_details",
    }
    return thing | _amounts(price) | {
        "id": invoice_id,
        "number": number or None,
        "created": paid_at,
        "effective_at": paid_at,
        "webhooks_delivered_at": paid_at,
        "period_start": paid_at,
        "period_end": period_end,
        "due_date": None,
        "next_payment_attempt": None,
        "attempted": True,
        "attempt_count": 1,
        "billing_reason": "subscription_cycle",
        "customer": payer.customer,
        "customer_address": _address(payer),
        "customer_email": payer.email,
        "customer_name": payer.name,
        "from_invoice": None,
        "last_finalization_error": None,
        "status": "paid",
        "status_transitions": thing["status_transitions"] | {"finalized_at": paid_at, "paid_at": paid_at},
    }  # fmt: skip


def _amounts(price: Price) -> StripeObject:
    taxes = [{"amount": price.tax, "tax_behavior": "exclusive", "taxable_amount": price.amount}] if price.tax else []
    return {
        "currency": price.currency.lower(),
        "subtotal": price.amount,
        "subtotal_excluding_tax": price.amount,
        "total": price.total,
        "total_excluding_tax": price.amount,
        "total_taxes": taxes,
        "amount_due": price.total,
        "amount_paid": price.total,
        "amount_remaining": 0,
        "amount_overpaid": 0,
        "ending_balance": 0,
        "shipping_cost": None,
    }


def _line(example: StripeObject, price: Price, *, invoice_id: str, period: tuple[int, int]) -> StripeObject:
    return example | {
        "id": f"il_{invoice_id.removeprefix('in_')}",
        "invoice": invoice_id,
        "amount": price.amount,
        "subtotal": price.amount,
        "currency": price.currency.lower(),
        "description": f"1 x {price.plan}",
        "period": {"start": period[0], "end": period[1]},
    }


def _address(payer: Payer) -> dict[str, str | None]:
    empty: dict[str, str | None] = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return empty | {"country": payer.country}


def _example(name: str) -> StripeObject:
    return deepcopy(_examples()[name])


@cache
def _examples() -> dict[str, StripeObject]:
    text = Path(__file__).with_name("stripe_objects.json").read_text()
    examples: dict[str, StripeObject] = json.loads(text)
    return examples
