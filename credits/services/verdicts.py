"""A held referral is decided about from outside the desk: once, however often it is asked."""

from datetime import datetime

from django.db import transaction

from credits.errors import NotAwaitingReview
from credits.models import Review
from credits.services.grants import grant_due
from credits.services.moderation import moderate
from credits.services.review import approve, reject
from referrals.models import Moderation, Referral
from referrals.services.status import lock_referral

S = Referral.Status


@transaction.atomic
def approve_held(referral: Referral, *, actor: str, at: datetime) -> Referral:
    """Approve a referral that awaits review, and grant what it earned. One that was approved stays as it is, save that
    a grant that failed is tried again. Raises NotAwaitingReview.
    """
    referral = lock_referral(referral.pk)
    review = Review.objects.open().filter(referral=referral).first()
    if review:
        approve(review, actor=actor, at=at)
    elif referral.status == S.REVIEW_REQUIRED:
        for side in referral.sides_pending:
            moderate(referral, side, Moderation.APPROVED, actor=actor, at=at)
    elif referral.error:
        grant_due(referral, at=at, actor=actor)
    elif not _was_approved(referral):
        raise NotAwaitingReview
    return lock_referral(referral.pk)


@transaction.atomic
def reject_held(referral: Referral, *, actor: str, at: datetime, reason: str = "") -> Referral:
    """Reject a referral that awaits review: nothing is granted. One that is rejected stays as it is.

    Without a reason, why it was held is the reason. Raises NotAwaitingReview, and NotCancellable where a reward of it
    is paid out.
    """
    referral = lock_referral(referral.pk)
    review = Review.objects.open().filter(referral=referral).first()
    if review:
        reject(review, actor=actor, at=at, reason=reason.strip() or ", ".join(review.reasons) or "rejected")
    elif referral.status == S.REVIEW_REQUIRED:
        for side in referral.sides_pending:
            moderate(referral, side, Moderation.DENIED, actor=actor, at=at, reason=reason)
    elif referral.status != S.REJECTED:
        raise NotAwaitingReview
    return lock_referral(referral.pk)


def _was_approved(referral: Referral) -> bool:
    if referral.status in {S.REWARDED, S.CAPPED}:
        return True
    last = referral.reviews.order_by("-pk").first()
    return referral.status != S.REJECTED and last is not None and last.status == Review.Status.APPROVED
