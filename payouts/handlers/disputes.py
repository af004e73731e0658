"""Disputes that Stripe tells of: an open one freezes, a lost one takes back its own amount, a won one thaws."""

from datetime import datetime

from credits.models import Reversal
from credits.services.reversals import record_reversal
from payouts.handlers.names import describe, find_payment
from payouts.handlers.stripe_objects import StripeObject, id_of, text, whole
from payouts.models import StripeEvent

State = Reversal.State
STATES = {
    "warning_needs_response": State.OPEN,
    "warning_under_review": State.OPEN,
    "warning_closed": State.UNDONE,
    "needs_response": State.OPEN,
    "under_review": State.OPEN,
    "appeal_needs_response": State.OPEN,  # lost until the appeal is won: a state that is further along stays
    "appeal_under_review": State.OPEN,
    "charge_refunded": State.UNDONE,  # its refund is told of as such
    "prevented": State.STANDS,  # with what was withdrawn for it, which may be nothing
    "lost": State.STANDS,
    "won": State.UNDONE,
}


def handle_dispute(event: StripeEvent, at: datetime) -> str:
    """`charge.dispute.created`, `.updated`, `.closed`, `.funds_withdrawn`, `.funds_reinstated`: a dispute as it is now.

    Raises KeyError for a status that is not known: what it means is for a person to say.
    """
    payment = find_payment(event, at)
    dispute = event.payload["data"]["object"]
    record_reversal(
        payment,
        key=text(dispute, "id"),
        kind=Reversal.Kind.DISPUTE,
        charge=id_of(dispute.get("charge")),
        state=STATES[text(dispute, "status")],
        amount=_amount(dispute),
        told_at=event.created_at,
        at=at,
    )
    return f"dispute {text(dispute, 'status')}: {describe(payment)}"


def _amount(dispute: StripeObject) -> int:
    if text(dispute, "status") != "prevented":
        return whole(dispute, "amount")
    moved = sum(whole(each, "amount") for each in dispute.get("balance_transactions") or [] if isinstance(each, dict))
    return min(whole(dispute, "amount"), max(0, -moved))
