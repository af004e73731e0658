"""Approving or denying one side of a referral, whoever asks: the desk, a dialect or a review's decision."""

from datetime import datetime

from django.db import transaction

from credits.errors import NotCancellable
from credits.models import Bucket, EntryKind, Reward
from credits.services.closing import conclude_review
from credits.services.grants import grant_due, settle
from credits.services.ledger import post_reward
from events.services.events import record_event
from referrals.models import Decision, Moderation, Referral
from referrals.services.decisions import record_decision
from referrals.services.status import lock_referral, update_referral

S = Reward.Status
UNISSUED = (S.PENDING, S.AVAILABLE)


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
    move = _revert_side if verdict == Moderation.DENIED else _restore_side
    move(referral, side, batch=decision.pk, at=at)
    sides = {"side": side, "before": {"moderation": before}, "after": {"moderation": verdict}}
    record_event(referral.tenant, "referral.moderated", subject=referral.uid, at=at, **sides)
    return True


def follow_up(referral: Referral, *, actor: str, at: datetime) -> None:
    """Grant what a locked referral may now have, or at least bring its state in line."""
    if referral.qualified_at is not None:
        grant_due(referral, at=at, actor=actor)
    else:
        settle(referral, at=at)


def _revert_side(referral: Referral, side: str, *, batch: int, at: datetime) -> None:
    rewards = Reward.objects.select_for_update().filter(referral=referral, side=side).order_by("id")
    for reward in rewards.exclude(status=S.REVERTED):
        if reward.status not in UNISSUED:
            raise NotCancellable
        revert_reward(reward, key=f"revert:{reward.pk}:{batch}", at=at)


def _restore_side(referral: Referral, side: str, *, batch: int, at: datetime) -> None:
    """Give back what the last denial of this side took, and nothing that a refund or a person took otherwise."""
    denials = referral.decisions.filter(kind=Decision.Kind.MODERATION, outcome=Moderation.DENIED, data__side=side)
    denial = denials.order_by("-pk").values_list("pk", flat=True).first()
    rewards = Reward.objects.select_for_update().filter(referral=referral, side=side, status=S.REVERTED)
    taken = rewards.filter(entries__key__startswith="revert:", entries__key__endswith=f":{denial}")
    for reward in taken.order_by("id"):
        restore_reward(reward, key=f"restore:{reward.pk}:{batch}", at=at)


def revert_reward(reward: Reward, *, key: str, at: datetime) -> None:
    """Take back a locked reward that is pending or available."""
    bucket = Bucket.PENDING if reward.status == S.PENDING else Bucket.AVAILABLE
    post_reward(reward, EntryKind.REVERT, bucket, Bucket.EXPENSE, key=key, at=at)
    _move(reward, S.REVERTED, at=at, reverted_at=at)


def restore_reward(reward: Reward, *, key: str, at: datetime) -> None:
    """Give back a locked reverted reward: pending where its hold had not passed, with the same date, else available."""
    status, bucket = (S.AVAILABLE, Bucket.AVAILABLE) if reward.available_at else (S.PENDING, Bucket.PENDING)
    post_reward(reward, EntryKind.RESTORE, Bucket.EXPENSE, bucket, key=key, at=at)
    _move(reward, status, at=at, reverted_at=None)


def _move(reward: Reward, to: str, *, at: datetime, reverted_at: datetime | None) -> None:
    before, reward.status, reward.reverted_at, reward.updated_at = reward.status, to, reverted_at, at
    reward.save(update_fields=["status", "reverted_at", "updated_at"])
    kind = "reward.reverted" if to == S.REVERTED else "reward.restored"
    states = {"before": {"status": before}, "after": {"status": to}}
    record_event(reward.tenant, kind, subject=reward.uid, at=at, referral=str(reward.referral.uid), **states)
