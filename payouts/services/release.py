"""What people do about a payout: release it, retry it, say that it was paid."""

from datetime import datetime

from django.db import transaction

from payouts.errors import FourEyes, PayoutError, WrongState
from payouts.models import Payout, PayoutMethod
from payouts.services.requests import request_payout
from payouts.services.settlement import complete_payout, fail_payout, lock_payout, move_payout

P, Hold = Payout.Status, Payout.Hold


@transaction.atomic
def release_payout(payout: Payout, *, actor: str, at: datetime) -> Payout:
    """A second person lets a held payout go, knowing why it was held: only a reason that is new holds it again.

    Raises WrongState for one that is not held, and FourEyes for whoever requested it.
    """
    payout = lock_payout(payout.pk)
    if payout.status != P.HELD:
        raise WrongState(f"A {payout.status} payout is not waiting to be released.")
    if payout.requested_by == actor:
        raise FourEyes("Whoever requested a payout cannot release it.")
    move_payout(payout, P.PENDING, at=at, released_by=actor, released_at=at, next_attempt_at=at)
    return payout


@transaction.atomic
def release_waiting(*, at: datetime, limit: int = 1000) -> int:
    """Let go payouts that were held for nothing but a changed account, once its time has passed; return how many."""
    waiting = Payout.objects.held().filter(held_until__lte=at, holds=[Hold.ACCOUNT])
    due = (
        waiting.select_for_update(skip_locked=True, of=("self",)).select_related("tenant").order_by("held_until", "pk")
    )
    payouts = list(due[:limit])
    for payout in payouts:
        move_payout(payout, P.PENDING, at=at, next_attempt_at=at)
    return len(payouts)


@transaction.atomic
def retry_payout(payout: Payout, *, actor: str, at: datetime, method: PayoutMethod | None = None) -> Payout:
    """Pay what a failed payout did not, by a new one: nothing of the old one is used again, no key and no attempt.

    Raises WrongState for one that did not fail, and PayoutRefused.
    """
    if payout.status != P.FAILED:
        raise WrongState("Only a failed payout is tried again.")
    return request_payout(payout.person, method or payout.method, actor=actor, at=at)


@transaction.atomic
def mark_paid(payout: Payout, *, actor: str, reference: str, at: datetime) -> Payout:
    """Somebody paid by hand: the payout is completed, with the reference by which the payment can be found.

    Raises WrongState for one that is not pending or not paid by hand, and PayoutError without a reference.
    """
    if not reference.strip():
        raise PayoutError("Say by which reference the payment can be found.")
    _send_by_hand(payout, at=at)
    return complete_payout(payout, at=at, reference=f"{reference.strip()[:180]} ({actor})"[:200])


@transaction.atomic
def mark_failed(payout: Payout, *, actor: str, error: str, at: datetime) -> Payout:
    """Paying by hand did not work: what was reserved is available again. Raises WrongState."""
    _send_by_hand(payout, at=at)
    return fail_payout(payout, error=f"{error.strip() or 'not paid'} ({actor})", at=at)


def _send_by_hand(payout: Payout, *, at: datetime) -> None:
    payout = lock_payout(payout.pk)
    if payout.method.kind != PayoutMethod.Kind.MANUAL:
        raise WrongState("Stripe pays this one; nobody does by hand.")
    move_payout(payout, P.PROCESSING, at=at, sent_at=at)
