"""Posting to the books and reading them. Else entries are written by set-based SQL alone: maturation and payouts."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Sum

from credits.models import Bucket, EntryKind, LedgerEntry, Reward
from referrals.models import Person

Balance = dict[str, int]


class Owner(Protocol):
    """What has value in one currency of one person: a reward, or a payout."""

    tenant_id: int
    person_id: int
    currency: Any


def post_reward(
    reward: Reward, kind: str, debit: str, credit: str, *, key: str, at: datetime, amount: int | None = None
) -> LedgerEntry:
    """Move a reward's amount, or the given part of it, between two buckets of its person's book; see `post`."""
    amount = reward.amount if amount is None else amount
    return post(reward, kind, debit, credit, amount, key=key, at=at, reward=reward)


def post(
    owner: Owner, kind: str, debit: str, credit: str, amount: int, *, key: str, at: datetime, **about: Any
) -> LedgerEntry:
    """Move an amount, in minor units, between two buckets of the book that a reward or a payout belongs to.

    Raises IntegrityError when the key was posted before or the flow is not a declared one: the database refuses both.
    """
    return LedgerEntry.objects.create(
        tenant_id=owner.tenant_id,
        person_id=owner.person_id,
        currency=owner.currency,
        amount=amount,
        debit=debit,
        credit=credit,
        kind=kind,
        key=key,
        effective_at=at,
        recorded_at=at,
        **about,
    )


def post_grant(reward: Reward, *, at: datetime) -> LedgerEntry:
    key = f"grant:{reward.pk}"
    return post_reward(reward, EntryKind.GRANT, Bucket.EXPENSE, Bucket.PENDING, key=key, at=at)


def balances(person: Person, *, at: datetime | None = None) -> dict[str, Balance]:
    """What each bucket of a person holds, per currency, now or as of an instant. The buckets of a currency sum to zero;
    `available` below zero is what the person owes.
    """
    entries = LedgerEntry.objects.filter(person=person)
    if at is not None:
        entries = entries.filter(effective_at__lte=at)
    found: dict[str, Balance] = defaultdict(lambda: dict.fromkeys(Bucket.values, 0))
    flows = entries.order_by().values_list("currency", "debit", "credit").annotate(total=Sum("amount"))
    for currency, debit, credit, total in flows:
        found[currency][debit] -= total
        found[currency][credit] += total
    return dict(found)


def balance(person: Person, currency: str, *, at: datetime | None = None) -> Balance:
    """The buckets of one currency, all zero where the person has none."""
    return balances(person, at=at).get(currency, dict.fromkeys(Bucket.values, 0))
