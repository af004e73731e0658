"""Stored words of payouts as people read them, and the colour each is shown in."""

from datetime import datetime

from credits.admin.wording import span
from credits.models.money import display as money
from payouts.models import Payout, PayoutAttempt, PayoutMethod
from referrals.admin.wording import Words

Status, Hold, Kind, Outcome = Payout.Status, Payout.Hold, PayoutMethod.Kind, PayoutAttempt.Outcome

PAYOUT_COLOURS: Words = {
    Status.HELD: "warn",
    Status.PENDING: "info",
    Status.PROCESSING: "info",
    Status.COMPLETED: "good",
    Status.FAILED: "bad",
    Status.CANCELLED: "",
}
OUTCOMES: Words = {
    Outcome.UNKNOWN: "No clear answer yet",
    Outcome.ACCEPTED: "Accepted",
    Outcome.REFUSED: "Refused",
    Outcome.ABANDONED: "Came to nothing",
}
OUTCOME_COLOURS: Words = {
    Outcome.UNKNOWN: "warn",
    Outcome.ACCEPTED: "good",
    Outcome.REFUSED: "bad",
    Outcome.ABANDONED: "",
}
HOLD_NAMES: Words = {
    Hold.AMOUNT: "Large amount",
    Hold.REVIEW: "Open review",
    Hold.DISPUTE: "Open dispute",
    Hold.ACCOUNT: "Changed account",
}
REFUSAL_NAMES: Words = {
    "blocked": "Blocked",
    "paused": "Paused",
    "under_way": "Payout under way",
    "owes": "Owes",
    "nothing": "Nothing available",
    "no_account": "No account",
    "other_method": "Another method first",
    "below_minimum": "Below the minimum",
    "yearly_limit": "Yearly limit",
}


def hold_names(payout: Payout) -> list[str]:
    return [HOLD_NAMES.get(hold, hold) for hold in payout.holds]


def explain_holds(payout: Payout) -> list[tuple[str, str]]:
    """Each reason by its name and in a sentence."""
    return [(HOLD_NAMES.get(hold, hold), _explain_hold(payout, hold)) for hold in payout.holds]


def _explain_hold(payout: Payout, hold: str) -> str:
    """Why a payout is, or was, held, in a sentence."""
    limit, currency = payout.method.hold_above, payout.currency
    above = f"more than {money(limit, currency)}, above which" if limit is not None else "so much that"
    until = f" until {payout.held_until:%-d %b %Y, %H:%M} UTC" if payout.held_until else ""
    sentences = {
        Hold.AMOUNT: f"It is {above} this method asks for a second person.",
        Hold.REVIEW: "A referral of this person is being reviewed.",
        Hold.DISPUTE: "A payment that this person earned from is disputed.",
        Hold.ACCOUNT: f"The account it goes to was changed a short while before; it waits{until}.",
    }
    return sentences.get(Hold(hold), hold)


def explain_status(payout: Payout) -> str:
    """What a payout's status means, and what happens next."""
    by_hand = payout.method.kind == Kind.MANUAL
    waits_for_account = payout.holds == [Hold.ACCOUNT]
    return {
        Status.HELD: "Waits for a second person"
        + (", or for the account's time to pass." if waits_for_account else ": nothing is sent before that."),
        Status.PENDING: "Waits for somebody to pay it by hand and to say so."
        if by_hand
        else "A worker sends it to Stripe within a minute.",
        Status.PROCESSING: "Stripe has it; a worker asks until it is confirmed."
        if payout.stripe_id
        else "Stripe was asked and gave no clear answer yet; a worker keeps looking.",
        Status.COMPLETED: "The money has left, and its rewards are issued.",
        Status.FAILED: "No money left. What was reserved is available again.",
        Status.CANCELLED: "Called off before it was sent. What was reserved is available again.",
    }[Status(payout.status)]


def age_of(payout: Payout, *, now: datetime) -> str:
    """How long a payout has been under way, or how long it took."""
    return span((payout.ended_at or now) - payout.requested_at)


def describe_method(method: PayoutMethod) -> str:
    return f"{method.program} · {method.name}"
