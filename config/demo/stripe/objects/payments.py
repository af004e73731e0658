"""Money that comes in."""

from datetime import datetime, timedelta
from typing import Any

from config.demo.stripe.objects.examples import StripeObject, example, overlay, seconds

MONTH = timedelta(days=30)


def invoice(
    key: str,
    *,
    customer: str | None,
    total: int,
    currency: str,
    at: datetime,
    tax: int = 0,
    credit: int = 0,
    payment_intent: str = "",
    subscription: str = "",
    subscription_metadata: dict[str, str] | None = None,
    line: str = "Subscription",
    **fields: Any,
) -> StripeObject:
    """A paid invoice of `total`, tax included, of which account credit paid `credit`; one line, described by `line`.

    `payments` names the payment intent, if one is given. Stripe shows `payments` to who asks to expand it, and never in
    events.
    """
    named = {"id": key, "customer": customer, "currency": currency}
    thing = example("invoice", **named, **_paid_amounts(total, tax=tax, credit=credit), **_paid_state(at))
    thing["status_transitions"] |= {"finalized_at": seconds(at), "paid_at": seconds(at)}
    thing["lines"]["data"][0] |= _line(thing, line)
    thing["lines"]["url"] = f"/v1/invoices/{key}/lines"
    if subscription:
        thing["parent"] = _subscription_parent(subscription, subscription_metadata or {})
    if payment_intent:
        thing["payments"] = _payments(thing, payment_intent, at=at)
    return overlay(thing, fields)


def invoice_payment(
    key: str, *, invoice: str, payment_intent: str, amount: int, currency: str, at: datetime, **fields: Any
) -> StripeObject:
    """What ties a payment to the invoice that it paid."""
    told = {
        "id": key,
        "created": seconds(at),
        "invoice": invoice,
        "amount_paid": amount,
        "amount_requested": amount,
        "currency": currency,
        "livemode": False,
        "payment": {"payment_intent": payment_intent, "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": seconds(at)},
    }
    return example("invoice_payment", **(told | fields))


def charge(
    key: str, *, customer: str | None, amount: int, currency: str, at: datetime, card: str = "", **fields: Any
) -> StripeObject:
    """A card payment that succeeded; `card` is the card's fingerprint."""
    told = {
        "id": key,
        "created": seconds(at),
        "customer": customer,
        "amount": amount,
        "amount_captured": amount,
        "captured": True,
        "currency": currency,
        "balance_transaction": f"txn_{key.removeprefix('ch_')}",
        "source": None,
        "transfer_data": None,
        "shipping": None,
    }
    thing = example("charge", **told)
    thing["billing_details"]["name"] = None
    thing["payment_method_details"]["card"]["fingerprint"] = card or None
    thing["payment_method_details"]["card"]["overcapture"]["maximum_amount_capturable"] = amount
    thing["outcome"] |= {"network_status": "approved_by_network", "type": "authorized"}
    thing["refunds"]["url"] = f"/v1/charges/{key}/refunds"
    return overlay(thing, fields)


def checkout(
    key: str, *, customer: str | None, total: int, currency: str, at: datetime, tax: int = 0, **fields: Any
) -> StripeObject:
    """A completed checkout of a subscription, whose payment its invoice tells of."""
    told = {
        "id": key,
        "created": seconds(at),
        "expires_at": seconds(at + timedelta(days=1)),
        "customer": customer,
        "amount_subtotal": total - tax,
        "amount_total": total,
        "currency": currency,
        "currency_conversion": None,
        "mode": "subscription",
        "payment_intent": None,
        "payment_status": "paid",
        "shipping_cost": None,
        "status": "complete",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": tax},
        "url": None,
    }
    return example("checkout.session", **(told | fields))


def payment_method(key: str, *, customer: str | None, card: str, at: datetime, **fields: Any) -> StripeObject:
    """A card; `card` is its fingerprint."""
    thing = example("payment_method", id=key, customer=customer, created=seconds(at))
    thing["card"]["fingerprint"] = card
    thing["billing_details"]["email"] = None
    return overlay(thing, fields)


def _paid_amounts(total: int, *, tax: int, credit: int) -> StripeObject:
    net = total - tax
    return {
        "amount_due": total - credit,
        "amount_paid": total - credit,
        "amount_remaining": 0,
        "amount_overpaid": 0,
        "starting_balance": -credit,
        "ending_balance": 0,
        "subtotal": net,
        "subtotal_excluding_tax": net,
        "total": total,
        "total_excluding_tax": net,
        "total_taxes": [{"amount": tax, "tax_behavior": "exclusive", "taxable_amount": net}] if tax else [],
    }


def _paid_state(at: datetime) -> StripeObject:
    now = seconds(at)
    times = dict.fromkeys(("created", "effective_at", "webhooks_delivered_at", "period_start"), now)
    nothing = ("due_date", "from_invoice", "last_finalization_error", "next_payment_attempt", "shipping_cost")
    state = {"status": "paid", "attempted": True, "attempt_count": 1, "billing_reason": "subscription_cycle"}
    return times | dict.fromkeys(nothing) | state | {"period_end": seconds(at + MONTH)}


def _line(thing: StripeObject, description: str) -> StripeObject:
    net = thing["subtotal"]
    return {
        "id": f"il_{thing['id'].removeprefix('in_')}",
        "invoice": thing["id"],
        "description": description,
        "currency": thing["currency"],
        "amount": net,
        "subtotal": net,
        "period": {"start": thing["period_start"], "end": thing["period_end"]},
    }


def _subscription_parent(subscription: str, metadata: dict[str, str]) -> StripeObject:
    details = {"metadata": metadata, "subscription": subscription}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def _payments(thing: StripeObject, payment_intent: str, *, at: datetime) -> StripeObject:
    key = f"inpay_{thing['id'].removeprefix('in_')}"
    payment = invoice_payment(
        key,
        invoice=thing["id"],
        payment_intent=payment_intent,
        amount=thing["amount_paid"],
        currency=thing["currency"],
        at=at,
    )
    url = f"/v1/invoice_payments?invoice={thing['id']}"
    return {"object": "list", "data": [payment], "has_more": False, "url": url}
