"""A person takes one reward back, whatever becomes of its referral."""

from datetime import datetime

from django.db import transaction

from credits.errors import NotCancellable
from credits.models import Payment, Reward
from credits.services.grants import settle
from credits.services.standing import is_spent, settle_reward
from referrals.models import Decision
from referrals.services.decisions import record_decision
from referrals.services.status import lock_referral


@transaction.atomic
def cancel_reward(reward: Reward, *, actor: str, at: datetime, reason: str = "") -> Reward:
    """Take back a reward that is not spent; doing so again changes nothing. Approving its side does not bring it back.

    Raises NotCancellable for one that was paid out, is in a payout, or was redeemed in part.
    """
    referral = lock_referral(reward.referral_id)
    reward = Reward.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=reward.pk)
    reward.referral = referral
    if reward.cancelled_at is not None:
        return reward
    if is_spent(reward):
        raise NotCancellable
    reward.cancelled_at, reward.updated_at = at, at
    reward.save(update_fields=["cancelled_at", "updated_at"])
    facts = {"reward": str(reward.uid), "side": reward.side}
    record_decision(referral, Decision.Kind.MODERATION, "cancelled", at=at, reason=reason, actor=actor, **facts)
    settle_reward(reward, Payment.objects.filter(action=reward.action_id).first(), cause="cancel", at=at)
    settle(referral, at=at)
    return reward
