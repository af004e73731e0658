"""A referral is approved from outside the desk: by a member of staff on its page, or through a dialect."""

from datetime import datetime

from django.db import transaction

from credits.models import Review
from credits.services.moderation import moderate
from credits.services.review import approve
from credits.services.rewards import reward_action
from referrals.models import Action, Moderation, Referral, Side


@transaction.atomic
def approve_referral(
    referral: Referral, *, actor: str, at: datetime, amount: int = 0, currency: str = "USD"
) -> Referral:
    """Approve a referral. An amount, in minor units, counts as one paid action, once for the referral however often it
    is approved. A case that is open is approved with it; one that the amount's own risk opens waits for a reviewer.
    """
    review = Review.objects.open().filter(referral=referral).first()
    if amount:
        reward_action(
            referral,
            kind=Action.Kind.APPROVAL,
            key=f"approval:{referral.uid}",
            amount=amount,
            currency=currency,
            occurred_at=at,
            at=at,
        )
    if review:
        approve(review, actor=actor, at=at)
    elif not Review.objects.open().filter(referral=referral).exists():
        for side in Side:
            moderate(referral, side, Moderation.APPROVED, actor=actor, at=at)
    referral.refresh_from_db()
    return referral
