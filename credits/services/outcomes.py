"""A person outside the desk says what has become of a referral: it qualifies, it came off, it did not, it is open
again, or it should never have been there.
"""

from datetime import datetime

from django.db import transaction

from credits.errors import NotCancellable, NotReopenable
from credits.models import Review
from credits.services.grants import settle
from credits.services.moderation import follow_up, moderate, set_side
from credits.services.review import approve, hold_for_review, reject
from credits.services.rewards import MANUAL, reward_action
from events.services.events import record_event
from referrals.models import Action, Moderation, Referral, Side
from referrals.services.details import describe_referral, details_of
from referrals.services.qualification import qualify_by_hand
from referrals.services.revival import revive
from referrals.services.risk import assess
from referrals.services.status import lock_referral, update_referral

S = Referral.Status


@transaction.atomic
def qualify_referral(referral: Referral, *, actor: str, at: datetime) -> Referral:
    """It qualifies, though nothing is paid: by that alone nothing is earned. One that has qualified stays as it is.

    Raises AlreadyReferred for an expired one whose person somebody else has brought in since.
    """
    referral = lock_referral(referral.pk)
    if referral.qualified_at is None:
        qualify_by_hand(referral, actor=actor, at=at)
        follow_up(referral, actor=actor, at=at)
    return referral


@transaction.atomic
def accept_referral(
    referral: Referral, *, actor: str, at: datetime, amount: int | None = None, currency: str = "USD"
) -> Referral:
    """It came off: both sides are approved, an open case with them, and it counts as one action, whatever its window.

    `amount` is in minor units of `currency`; where none is told it is what the details say, and zero otherwise, which
    earns what is fixed. It counts once, however often it is accepted; risk that the action itself opens waits for a
    reviewer. Raises InvalidAmount, and AlreadyReferred as `qualify_referral` does.
    """
    referral = lock_referral(referral.pk)
    _approve_sides(referral, actor=actor, at=at)
    qualify_referral(referral, actor=actor, at=at)
    details = details_of(referral)
    if amount is None:
        amount, currency = details.amount or 0, details.currency
    key = f"approval:{referral.uid}"
    paid = {"kind": Action.Kind.APPROVAL, "key": key, "amount": amount, "currency": currency, "occurred_at": at}
    reward_action(referral, **paid, at=at)  # type: ignore[arg-type]
    return describe_referral(referral, at=at, approved_at=details.approved_at or at)


@transaction.atomic
def deny_referral(referral: Referral, *, actor: str, at: datetime, reason: str = "") -> Referral:
    """It did not come off: nothing is earned, and what was earned and not paid out goes back. Raises NotCancellable."""
    referral = lock_referral(referral.pk)
    review = Review.objects.open().filter(referral=referral).first()
    if review:
        reject(review, actor=actor, at=at, reason=reason.strip() or f"denied by {actor}")
    for side in Side:
        moderate(referral, side, Moderation.DENIED, actor=actor, at=at, reason=reason)
    return lock_referral(referral.pk)


@transaction.atomic
def reopen_referral(referral: Referral, *, actor: str, at: datetime) -> Referral:
    """It is open again, after it was denied or had expired. Whatever was done meanwhile waits for a reviewer, and one
    that had qualified waits for somebody to approve it.

    Raises NotReopenable for one that earned something before: that is for a reviewer to decide. Raises AlreadyReferred
    for an expired one whose person somebody else has brought in since.
    """
    referral = lock_referral(referral.pk)
    if referral.status not in {S.REJECTED, S.EXPIRED}:
        return referral
    if referral.rewarded_at is not None:
        raise NotReopenable
    revive(referral, at=at)
    last = referral.actions.order_by("-pk").first()
    for side in Side:
        waits = last is not None or referral.qualified_at is not None
        start = Moderation.PENDING if waits else getattr(referral.program, f"{side}_moderation")
        set_side(referral, side, start, actor=actor, at=at)
    if last:
        hold_for_review(referral, action=last, assessment=assess(referral, at=at), reasons=[MANUAL], at=at)
    settle(referral, at=at)
    return referral


@transaction.atomic
def remove_referral(referral: Referral, *, actor: str, at: datetime, reason: str = "") -> Referral:
    """Hide a referral, and take back what it earned and is not paid out. Its books and decisions stay."""
    referral = lock_referral(referral.pk)
    if referral.removed_at is not None:
        return referral
    for side in Side:
        try:
            moderate(referral, side, Moderation.DENIED, actor=actor, at=at, reason=reason or "removed")
        except NotCancellable:
            continue  # what is paid out stays with its owner
    referral = lock_referral(referral.pk)
    update_referral(referral, at=at, removed_at=at, ended_at=referral.ended_at or at)
    record_event(referral.tenant, "referral.removed", subject=referral.uid, at=at, actor=actor)
    return referral


def _approve_sides(referral: Referral, *, actor: str, at: datetime) -> None:
    review = Review.objects.open().filter(referral=referral).first()
    if review:
        approve(review, actor=actor, at=at)
    for side in Side:
        moderate(referral, side, Moderation.APPROVED, actor=actor, at=at)
    referral.refresh_from_db()
