"""Refunds that Stripe tells of, each with its own amount; and the sum of a charge's refunds."""

from datetime import datetime
from typing import Any

from credits.models import Payment, Reversal
from credits.services.reversals import note_reversal, settle_payment
from payouts.handlers.names import describe, find_payment
from payouts.handlers.stripe_objects import StripeObject, id_of, text, whole
from payouts.models import StripeEvent

State = Reversal.State
STATES = {
    "pending": State.STANDS,  # Stripe took it off our balance already
    "succeeded": State.STANDS,
    "requires_action": State.OPEN,
    "failed": State.UNDONE,
    "canceled": State.UNDONE,
}


def handle_refund(event: StripeEvent, at: datetime) -> str:
    """`refund.created`, `refund.updated`, `refund.failed`, `charge.refund.updated`: one refund as it is now."""
    payment = find_payment(event, at)
    refund = event.payload["data"]["object"]
    _note(payment, refund, event, at=at)
    settle_payment(payment, cause=f"refund:{text(refund, 'id')}", at=at)
    return f"refund {text(refund, 'status')}: {describe(payment)}"


def handle_refunded_charge(event: StripeEvent, at: datetime) -> str:
    """`charge.refunded`: what its refunds come to together, and each refund where the API's version lists them."""
    payment = find_payment(event, at)
    charge = event.payload["data"]["object"]
    for refund in (charge.get("refunds") or {}).get("data") or []:
        _note(payment, refund, event, at=at)
    key = text(charge, "id")
    told: dict[str, Any] = {
        "state": State.STANDS,
        "amount": whole(charge, "amount_refunded"),
        "told_at": event.created_at,
    }
    note_reversal(payment, key=key, kind=Reversal.Kind.REFUNDS, charge=key, at=at, **told)
    settle_payment(payment, cause=f"refunds:{key}", at=at)
    return f"charge refunded: {describe(payment)}"


def _note(payment: Payment, refund: StripeObject, event: StripeEvent, *, at: datetime) -> None:
    """Raises KeyError for a status that is not known: what it means is for a person to say."""
    note_reversal(
        payment,
        key=text(refund, "id"),
        kind=Reversal.Kind.REFUND,
        charge=id_of(refund.get("charge")),
        state=STATES[text(refund, "status") or "succeeded"],  # the oldest refunds have none
        amount=whole(refund, "amount"),
        told_at=event.created_at,
        at=at,
    )
