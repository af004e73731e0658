"""Credit notes that Stripe tells of: what was credited after an invoice was paid."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from credits.models import Reversal
from credits.services.reversals import HEARSAY, note_reversal, settle_payment
from payouts.handlers.names import describe, find_payment
from payouts.handlers.stripe_objects import StripeObject, id_of, text, whole
from payouts.models import StripeEvent

State, Kind = Reversal.State, Reversal.Kind


def handle_credit_note(event: StripeEvent, at: datetime) -> str:
    """`credit_note.created`, `credit_note.updated`, `credit_note.voided`.

    The part before payment was never paid. The refunds of the part after it count on their own; that they are named
    here is noted, in case no event of their own ever comes. The rest was credited or settled elsewhere.
    """
    note = event.payload["data"]["object"]
    refunds = dict(_refunds_of(note))
    credited = _credited_after_payment(note) - sum(refunds.values())
    if credited <= 0 and not refunds:
        return "nothing of it had been paid"
    payment = find_payment(event, at)
    told: dict[str, Any]
    for key, amount in refunds.items():
        told = {"state": State.STANDS, "amount": amount, "told_at": HEARSAY}
        note_reversal(payment, key=key, kind=Kind.REFUND, at=at, **told)
    state = State.UNDONE if text(note, "status") == "void" else State.STANDS
    told = {"state": state, "amount": max(0, credited), "told_at": event.created_at}
    note_reversal(payment, key=text(note, "id"), kind=Kind.CREDIT_NOTE, at=at, **told)
    settle_payment(payment, cause=f"credit_note:{text(note, 'id')}", at=at)
    return f"credit note {text(note, 'status')}: {describe(payment)}"


def _credited_after_payment(note: StripeObject) -> int:
    if note.get("post_payment_amount") is not None:
        return whole(note, "post_payment_amount")
    return whole(note, "amount") if text(note, "type") == "post_payment" else 0  # as older versions tell it


def _refunds_of(note: StripeObject) -> Iterator[tuple[str, int]]:
    """The id of each refund of a credit note, and how much of it belongs to the credit note."""
    for item in note.get("refunds") or []:
        if id_of(item.get("refund")):
            yield id_of(item["refund"]), whole(item, "amount_refunded")
    if id_of(note.get("refund")):  # older versions name one, without its amount
        yield id_of(note["refund"]), _credited_after_payment(note) - whole(note, "out_of_band_amount")
