"""Whole Stripe objects for the demo, of people who pay prices. No Django here: the traffic of the demo uses this."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.objects import StripeObject, event

__all__ = [
    "MONTH",
    "Payer",
    "Price",
    "StripeObject",
    "charge",
    "checkout",
    "customer",
    "event",
    "invoice",
    "invoice_terms",
]

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

    @property
    def subscription(self) -> str:
        return f"sub_{self.customer.removeprefix('cus_')}"


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


def customer(payer: Payer, *, at: datetime) -> StripeObject:
    return objects.customer(
        payer.customer, at=at, address=_address(payer), email=payer.email, name=payer.name, metadata=payer.metadata
    )


def charge(
    payer: Payer, price: Price, *, charge_id: str, card: str, at: datetime, payment_intent: str | None = None
) -> StripeObject:
    """A successful payment by card; `card` is the card's fingerprint."""
    thing = objects.charge(
        charge_id,
        customer=payer.customer,
        amount=price.total,
        currency=price.currency.lower(),
        at=at,
        card=card,
        description=price.plan,
        payment_intent=payment_intent,
    )
    thing["billing_details"] |= {"address": _address(payer), "email": payer.email, "name": payer.name}
    thing["payment_method_details"]["card"]["country"] = payer.country
    return thing


def checkout(
    payer: Payer, price: Price, *, session_id: str, invoice_id: str, at: datetime, reference: str = "", coupon: str = ""
) -> StripeObject:
    """A subscription that was signed up for. `reference` is the click or the code the company's page passed on, and
    `coupon` the id of a promotion code that was typed in.
    """
    thing = objects.checkout(
        session_id,
        customer=payer.customer,
        total=price.total,
        tax=price.tax,
        currency=price.currency.lower(),
        at=at,
        invoice=invoice_id,
        subscription=payer.subscription,
        client_reference_id=reference or None,
        discounts=[{"coupon": None, "promotion_code": coupon}] if coupon else [],
        metadata=payer.metadata,
    )
    thing["customer_details"] |= {"address": _address(payer), "email": payer.email, "name": payer.name}
    return thing


def invoice(
    payer: Payer, price: Price, *, invoice_id: str, at: datetime, number: str = "", payment_intent: str = ""
) -> StripeObject:
    """A paid invoice of a subscription, with one line."""
    terms = invoice_terms(payer, price) | {"number": number or None}
    return objects.invoice(
        invoice_id, customer=payer.customer, total=price.total, at=at, payment_intent=payment_intent, **terms
    )


def invoice_terms(payer: Payer, price: Price) -> dict[str, Any]:
    """What an invoice says besides whom it is for and what it comes to."""
    return {
        "currency": price.currency.lower(),
        "tax": price.tax,
        "subscription": payer.subscription,
        "subscription_metadata": payer.metadata,
        "line": f"1 x {price.plan}",
        "customer_address": _address(payer),
        "customer_email": payer.email,
        "customer_name": payer.name,
    }


def _address(payer: Payer) -> dict[str, str | None]:
    empty: dict[str, str | None] = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return empty | {"country": payer.country}
