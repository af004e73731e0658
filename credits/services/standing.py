"""How much of a reward stands: it follows from what went back of its payment, and from its side."""

from datetime import datetime

from django.db.models import Sum

from credits.models import Bucket, EntryKind, LedgerEntry, Payment, Reward
from credits.models.money import portion
from credits.services.ledger import post_reward
from events.services.events import record_event
from referrals.models import Moderation, Referral

S = Reward.Status
K = EntryKind


def is_spent(reward: Reward) -> bool:
    """Whether it left its owner's available value, in whole or in part: then it is never edited again."""
    return reward.status in (S.PROCESSING, S.ISSUED) or reward.redeemed_amount > 0


def settle_rewards(referral: Referral, payment: Payment, *, cause: str, at: datetime) -> None:
    """Bring the rewards of a locked referral's action in line with its payment, and freeze or thaw them."""
    rewards = Reward.objects.select_for_update(of=("self",)).filter(action=payment.action_id)
    for reward in rewards.select_related("tenant").order_by("id"):
        reward.referral = referral
        settle_reward(reward, payment, cause=cause, at=at)
        _freeze(reward, payment.disputed_at, at=at)


def _freeze(reward: Reward, disputed_at: datetime | None, *, at: datetime) -> None:
    """A dispute keeps a reward from maturing and from being paid out; one that is paid out is not touched."""
    if reward.status in (Reward.Status.PROCESSING, Reward.Status.ISSUED) or reward.frozen_at == disputed_at:
        return
    before, reward.frozen_at, reward.updated_at = reward.frozen_at, disputed_at, at
    reward.save(update_fields=["frozen_at", "updated_at"])
    if (before is None) != (disputed_at is None):
        kind = "reward.frozen" if disputed_at else "reward.thawed"
        _tell(reward, kind, at=at)


def settle_reward(reward: Reward, payment: Payment | None, *, cause: str, at: datetime) -> None:
    """Bring a locked reward in line with its action's payment and its side; repeating it changes nothing.

    What is not paid out yet is reverted or restored, in part or whole. What is paid out stays as it is: an opposite
    entry makes its owner owe, or owe no longer. `cause` names what made the difference, such as `refund:re_1`.
    """
    taken = taken_from(reward.amount, payment)
    if is_spent(reward):
        _settle_spent(reward, taken, cause=cause, at=at)
    else:
        _settle_unspent(reward, taken, cause=cause, at=at)


def settle_payout_failure(reward: Reward, *, cause: str, at: datetime) -> None:
    """A locked reward is not in a payout any more: what was clawed back meanwhile is taken from the reward itself."""
    clawed = clawed_back(reward)
    if clawed and not is_spent(reward):
        _post(reward, K.REINSTATE, Bucket.EXPENSE, Bucket.AVAILABLE, clawed, cause=cause, at=at)
    payment = payment_of(reward)
    settle_reward(reward, payment, cause=cause, at=at)
    _freeze(reward, payment.disputed_at if payment else None, at=at)


def payment_of(reward: Reward) -> Payment | None:
    """What was paid by the action that earned a reward; None where no payment is known, or it was given by hand."""
    return Payment.objects.filter(action=reward.action_id).first() if reward.action_id else None


def clawed_back(reward: Reward) -> int:
    """What its owner owes of a reward that was paid out, minor units."""
    entries = LedgerEntry.objects.filter(reward=reward, kind__in=[K.CLAWBACK, K.REINSTATE]).order_by()
    sums = dict(entries.values_list("kind").annotate(total=Sum("amount")))
    return int(sums.get(K.CLAWBACK, 0) - sums.get(K.REINSTATE, 0))


def taken_from(amount: int, payment: Payment | None) -> int:
    """What the refunds, lost disputes and credit notes of a payment take of an amount that it earned."""
    if payment is None or payment.paid_amount is None:
        return 0
    return portion(amount, payment.returned_amount, payment.paid_amount)


def _settle_spent(reward: Reward, taken: int, *, cause: str, at: datetime) -> None:
    owed = taken - reward.reversed_amount - clawed_back(reward)
    if owed > 0:
        _post(reward, K.CLAWBACK, Bucket.AVAILABLE, Bucket.EXPENSE, owed, cause=cause, at=at)
        _tell(reward, "reward.clawed_back", at=at, amount=owed, cause=cause)
    elif owed < 0:
        _post(reward, K.REINSTATE, Bucket.EXPENSE, Bucket.AVAILABLE, -owed, cause=cause, at=at)
        _tell(reward, "reward.reinstated", at=at, amount=-owed, cause=cause)


def _settle_unspent(reward: Reward, taken: int, *, cause: str, at: datetime) -> None:
    stands = 0 if _is_withdrawn(reward) else reward.amount - taken
    if stands != reward.stands_at or taken != reward.reversed_amount:
        _bring_to(stands, reward, stood=reward.stands_at, taken=taken, cause=cause, at=at)


def change_amount(reward: Reward, amount: int, *, cause: str, at: datetime) -> None:
    """A locked, unspent reward is worth another amount: what went back of its payment goes back of that."""
    stood, taken = reward.stands_at, taken_from(amount, payment_of(reward))
    reward.amount = amount
    _bring_to(0 if _is_withdrawn(reward) else amount - taken, reward, stood=stood, taken=taken, cause=cause, at=at)


def _bring_to(stands: int, reward: Reward, *, stood: int, taken: int, cause: str, at: datetime) -> None:
    before = reward.status
    bucket = Bucket.AVAILABLE if reward.available_at else Bucket.PENDING
    if stands > stood:
        _post(reward, K.RESTORE, Bucket.EXPENSE, bucket, stands - stood, cause=cause, at=at)
    elif stands < stood:
        _post(reward, K.REVERT, bucket, Bucket.EXPENSE, stood - stands, cause=cause, at=at)
    _save(reward, taken=taken, stands=stands, at=at)
    if stands != stood:
        kind = "adjusted" if stands and stood else "restored" if stands else "reverted"
        states = {"before": {"status": before, "amount": stood}, "after": {"status": reward.status, "amount": stands}}
        _tell(reward, f"reward.{kind}", at=at, cause=cause, **states)


def _is_withdrawn(reward: Reward) -> bool:
    if reward.cancelled_at is not None or reward.rule_id is None or reward.referral is None:
        return reward.cancelled_at is not None  # what was given by hand stands until it is taken back by hand
    return reward.referral.moderation(reward.side) == Moderation.DENIED


def _save(reward: Reward, *, taken: int, stands: int, at: datetime) -> None:
    standing = S.AVAILABLE if reward.available_at else S.PENDING
    reward.status = standing if stands else S.REVERTED
    reward.reverted_at = None if stands else reward.reverted_at or at
    reward.reversed_amount, reward.updated_at = taken, at
    reward.save(update_fields=["amount", "status", "reverted_at", "reversed_amount", "updated_at"])


def _post(reward: Reward, kind: str, debit: str, credit: str, amount: int, *, cause: str, at: datetime) -> None:
    """Each entry of a reward is numbered: two workers that both mean the next one cannot both post it."""
    number = LedgerEntry.objects.filter(reward=reward).count()
    post_reward(reward, kind, debit, credit, key=f"reward:{reward.pk}:{number}:{cause}"[:200], at=at, amount=amount)


def _tell(reward: Reward, kind: str, *, at: datetime, **data: object) -> None:
    about = {"referral": str(reward.referral.uid)} if reward.referral else {}
    record_event(reward.tenant, kind, subject=reward.uid, at=at, **about, **data)
