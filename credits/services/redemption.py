"""Somebody spends what they earned with the tenant itself: available value leaves without a payout."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from credits.errors import InsufficientCredit, InvalidAmount, RedemptionDiffers
from credits.models import Bucket, EntryKind, LedgerEntry, Reward
from credits.services.ledger import balance, post_reward
from events.services.events import record_event
from referrals.models import Person


class Redemption(NamedTuple):
    """What was spent, in minor units, and what these people have left together."""

    amount: int
    currency: str
    available: int


@transaction.atomic
def redeem(people: Sequence[Person], *, amount: int, currency: str, key: str, actor: str, at: datetime) -> Redemption:
    """Spend minor units of what these people have together, the oldest rewards first and never more than there is.

    The same key again, where there is one, spends nothing more. Raises InvalidAmount, InsufficientCredit, and
    RedemptionDiffers where the key was used for another amount.
    """
    rewards = Q(person__in=[person.pk for person in people])
    return _redeem(people, rewards, amount=amount, currency=currency, key=key, actor=actor, at=at)


@transaction.atomic
def redeem_reward(reward: Reward, *, amount: int, key: str, actor: str, at: datetime) -> Redemption:
    """Spend minor units of one reward. Raises what `redeem` raises."""
    currency, wanted = reward.currency, Q(pk=reward.pk)
    return _redeem([reward.person], wanted, amount=amount, currency=currency, key=key, actor=actor, at=at)


def _redeem(
    people: Sequence[Person], rewards: Q, *, amount: int, currency: str, key: str, actor: str, at: datetime
) -> Redemption:
    if amount <= 0:
        raise InvalidAmount
    locked = _lock(people)
    name = _name(key)
    spent = _spent_before(locked, name)
    if not spent:
        _spend(locked, rewards, amount=amount, currency=currency, name=name, actor=actor, at=at)
    elif spent != {currency: amount}:
        raise RedemptionDiffers
    return Redemption(amount, currency, max(0, sum(_available(locked, currency).values())))


def _lock(people: Sequence[Person]) -> list[Person]:
    """In one order, so that two redemptions of the same account do not wait for each other."""
    ids = [person.pk for person in people]
    return list(Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("id"))


def _name(key: str) -> str:
    """What a caller calls a redemption, in a form that fits a ledger key; one of our own where they do not."""
    return hashlib.sha256(key.encode()).hexdigest()[:40] if key else uuid.uuid4().hex


def _spent_before(people: Sequence[Person], name: str) -> dict[str, int]:
    """By currency, what was spent under that name."""
    entries = LedgerEntry.objects.filter(
        person__in=people, kind=EntryKind.REDEEM, key__startswith=f"redeem:{name}:"
    ).values_list("currency", "amount")
    spent: dict[str, int] = {}
    for currency, amount in entries:
        spent[currency] = spent.get(currency, 0) + amount
    return spent


def _available(people: Sequence[Person], currency: str) -> dict[int, int]:
    return {person.pk: balance(person, currency)[Bucket.AVAILABLE] for person in people}


def _spend(
    people: Sequence[Person], rewards: Q, *, amount: int, currency: str, name: str, actor: str, at: datetime
) -> None:
    left = _available(people, currency)
    if sum(left.values()) < amount:
        raise InsufficientCredit  # what one of them owes is owed by all of them
    rest = amount
    for reward in _spendable(rewards, currency):
        part = min(rest, left[reward.person_id], reward.amount - reward.reversed_amount - reward.redeemed_amount)
        if part > 0:
            _take(reward, part, key=f"redeem:{name}:{reward.pk}", actor=actor, at=at)
            left[reward.person_id] -= part
            rest -= part
        if not rest:
            return
    raise InsufficientCredit


def _spendable(rewards: Q, currency: str) -> list[Reward]:
    """Available, not disputed, of somebody who is not blocked; the oldest first."""
    available = Reward.objects.filter(rewards, status=Reward.Status.AVAILABLE, currency=currency)
    free = available.filter(frozen_at__isnull=True, person__blocked_at__isnull=True)
    return list(free.select_for_update(of=("self",)).select_related("tenant", "referral").order_by("id"))


def _take(reward: Reward, amount: int, *, key: str, actor: str, at: datetime) -> None:
    post_reward(reward, EntryKind.REDEEM, Bucket.AVAILABLE, Bucket.PAID, key=key, at=at, amount=amount)
    reward.redeemed_amount, reward.updated_at = reward.redeemed_amount + amount, at
    reward.save(update_fields=["redeemed_amount", "updated_at"])
    told = {"amount": amount, "currency": reward.currency, "actor": actor}
    told |= {"referral": str(reward.referral.uid)} if reward.referral else {}
    record_event(reward.tenant, "reward.redeemed", subject=reward.uid, at=at, **told)
