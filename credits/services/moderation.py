"""Approving or denying one side of a referral, whoever asks: the desk, a dialect or a review's decision."""

from datetime import datetime

from django.db import transaction

from credits.errors import NotCancellable
from credits.models import Payment, Reward
from credits.services.closing import conclude_review
from credits.services.grants import grant_due, settle
from credits.services.standing import is_spent, settle_reward
from events.services.events import record_event
from referrals.models import Decision, Moderation, Referral
from referrals.services.decisions import record_decision
from referrals.services.status import lock_referral, update_referral


@transaction.atomic
def moderate(referral: Referral, side: str, verdict: str, *, actor: str, at: datetime, reason: str = "") -> Referral:
    """Set one side of a referral to APPROVED or DENIED, and carry out what follows; repeating it changes nothing.

    Denying takes back that side's rewards, and keeps later ones from being granted. Approving again gives back what a
    denial took, where it was, and grants what was earned meanwhile. Raises NotCancellable when a reward of that side is
    paid out or in a payout; nothing changes then.
    """
    referral = lock_referral(referral.pk)
    if set_side(referral, side, verdict, actor=actor, at=at, reason=reason):
        conclude_review(referral, actor=actor, at=at, reason=reason)
        follow_up(referral, actor=actor, at=at)
    return referral


def set_side(referral: Referral, side: str, verdict: str, *, actor: str, at: datetime, reason: str = "") -> bool:
    """Set one side of a locked referral and revert or restore its rewards; False when it stood so already."""
    before = referral.moderation(side)
    if before == verdict:
        return False
    decision = record_decision(
        referral, Decision.Kind.MODERATION, verdict, at=at, reason=reason, actor=actor, side=side, before=before
    )
    update_referral(referral, at=at, moderated_at=at, **{f"{side}_moderation": verdict})
    _settle_side(referral, side, cause=f"{verdict.lower()}:{decision.pk}", at=at)
    sides = {"side": side, "before": {"moderation": before}, "after": {"moderation": verdict}}
    record_event(referral.tenant, "referral.moderated", subject=referral.uid, at=at, **sides)
    return True


def follow_up(referral: Referral, *, actor: str, at: datetime) -> None:
    """Grant what a locked referral may now have, or at least bring its state in line."""
    if referral.qualified_at is not None:
        grant_due(referral, at=at, actor=actor)
    else:
        settle(referral, at=at)


def _settle_side(referral: Referral, side: str, *, cause: str, at: datetime) -> None:
    payments = {payment.action_id: payment for payment in Payment.objects.filter(action__referral=referral)}
    rewards = Reward.objects.select_for_update(of=("self",)).filter(referral=referral, side=side, rule__isnull=False)
    for reward in rewards.select_related("tenant").order_by("id"):
        reward.referral = referral
        if referral.moderation(side) == Moderation.DENIED and is_spent(reward):
            raise NotCancellable
        settle_reward(reward, payments.get(reward.action_id or 0), cause=cause, at=at)
