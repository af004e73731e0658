"""Cases claimed through an API: in the name of the key, for as long as a member of staff would have them."""

from datetime import datetime

from django.db import transaction

from credits.errors import ClaimedByAnother, NotAwaitingReview
from credits.models import Review
from credits.services.review import CLAIM_LEASE
from events.services.events import record_event


@transaction.atomic
def claim_for_key(review: Review, *, actor: str, at: datetime) -> Review:
    """Take a case for a quarter of an hour in the name of `key:<public id>`; taking it again renews the lease.

    Raises NotAwaitingReview for a decided one, and ClaimedByAnother while somebody else holds it.
    """
    review = _lock(review)
    if review.status != Review.Status.OPEN:
        raise NotAwaitingReview
    if _is_anothers(review, actor, at=at):
        raise ClaimedByAnother
    before = review.claimed_by_key
    review.claimed_by, review.claimed_by_key, review.claimed_until = None, actor, at + CLAIM_LEASE
    review.save(update_fields=["claimed_by", "claimed_by_key", "claimed_until"])
    states = {"before": {"claimed_by": before}, "after": {"claimed_by": actor}}
    record_event(review.tenant, "review.claimed", subject=review.uid, at=at, actor=actor, **states)
    return review


@transaction.atomic
def release_for_key(review: Review, *, actor: str, at: datetime) -> Review:
    """Give a case back that the key has claimed; one that nobody holds stays as it is. Raises ClaimedByAnother."""
    review = _lock(review)
    if _is_anothers(review, actor, at=at):
        raise ClaimedByAnother
    if review.claimed_by_key != actor:
        return review
    review.claimed_by, review.claimed_by_key, review.claimed_until = None, "", None
    review.save(update_fields=["claimed_by", "claimed_by_key", "claimed_until"])
    states = {"before": {"claimed_by": actor}, "after": {"claimed_by": ""}}
    record_event(review.tenant, "review.released", subject=review.uid, at=at, actor=actor, **states)
    return review


def _lock(review: Review) -> Review:
    return Review.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=review.pk)


def _is_anothers(review: Review, actor: str, *, at: datetime) -> bool:
    is_held = review.claimed_until is not None and review.claimed_until > at
    return is_held and review.claimed_by_key != actor
