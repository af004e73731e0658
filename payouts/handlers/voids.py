"""Invoices that are voided: all that was paid of them counts as gone back."""

from datetime import datetime
from typing import Any

from credits.models import Reversal
from credits.services.reversals import record_reversal
from payouts.handlers.names import describe, find_payment
from payouts.handlers.stripe_objects import text, whole
from payouts.models import StripeEvent


def handle_void(event: StripeEvent, at: datetime) -> str:
    """`invoice.voided`"""
    payment = find_payment(event, at)
    invoice = event.payload["data"]["object"]
    told: dict[str, Any] = {
        "state": Reversal.State.STANDS,
        "amount": whole(invoice, "total"),
        "told_at": event.created_at,
    }
    record_reversal(payment, key=text(invoice, "id"), kind=Reversal.Kind.VOID, at=at, **told)
    return f"invoice voided: {describe(payment)}"
