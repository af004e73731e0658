"""A person takes one reward back, whatever becomes of its referral."""

from datetime import datetime

from django.db import transaction

from credits.errors import NotCancellable
from credits.models import Reward
from credits.services.grants import settle
from credits.services.standing import is_spent, payment_of, settle_reward
from referrals.models import Decision
from referrals.services.decisions import record_decision
from referrals.services.status import lock_referral


@transaction.atomic
def cancel_reward(reward: Reward, *, actor: str, at: datetime, reason: str = "") -> Reward:
    """Take back a reward that is not spent; doing so again changes nothing. Approving its side does not bring it back.

    Raises NotCancellable for one that was paid out, is in a payout, or was redeemed in part.
    """
    reward = lock_reward(reward)
    if reward.cancelled_at is not None:
        return reward
    if is_spent(reward):
        raise NotCancellable
    reward.cancelled_at, reward.updated_at = at, at
    reward.save(update_fields=["cancelled_at", "updated_at"])
    facts = {"reward": str(reward.uid), "side": reward.side}
    about = reward.referral or reward.tenant
    record_decision(about, Decision.Kind.MODERATION, "cancelled", at=at, reason=reason, actor=actor, **facts)
    settle_reward(reward, payment_of(reward), cause="cancel", at=at)
    if reward.referral:
        settle(reward.referral, at=at)
    return reward


def lock_reward(reward: Reward) -> Reward:
    """The reward as it is now, locked after its referral, where it has one."""
    referral = lock_referral(reward.referral_id) if reward.referral_id else None
    reward = Reward.objects.select_for_update(of=("self",)).select_related("tenant", "program").get(pk=reward.pk)
    reward.referral = referral
    return reward
