"""Closing a case, by a decision about it or because nothing is left to decide."""

from datetime import datetime

from credits.models import Review
from events.services.events import record_event
from referrals.models import Moderation, Referral, Side


def close_review(review: Review, status: str, *, actor: str, at: datetime, reason: str) -> None:
    """Mark a locked, open review as decided. What follows for the referral is the caller's."""
    review.status, review.decided_at, review.decided_by, review.decision_reason = status, at, actor, reason[:500]
    review.save(update_fields=["status", "decided_at", "decided_by", "decision_reason"])
    states = {"before": {"status": "open"}, "after": {"status": status}}
    record_event(review.tenant, f"review.{status}", subject=review.uid, at=at, **states)


def conclude_review(referral: Referral, *, actor: str, at: datetime, reason: str) -> None:
    """Close the open review of a locked referral whose sides were all moderated without it."""
    if referral.sides_pending:
        return
    review = Review.objects.open().select_for_update().filter(referral=referral).first()
    if review:
        approved = any(referral.moderation(side) == Moderation.APPROVED for side in Side)
        status = Review.Status.APPROVED if approved else Review.Status.REJECTED
        close_review(review, status, actor=actor, at=at, reason=reason)
