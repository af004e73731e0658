"""What a payout is made of: its rewards, and what was carried over from before, line by line."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from credits.models import Bucket, EntryKind, LedgerEntry, Reward
from credits.models.money import display as money
from payouts.admin.lines import describe_cause, describe_payment, describe_reward, describe_way
from payouts.models import Payout, PayoutItem
from referrals.models import Side

SHOWN = 100
Status = Payout.Status
CARRIED = {
    EntryKind.CLAWBACK: "Owed for a reward paid out earlier",
    EntryKind.REINSTATE: "No longer owed",
    EntryKind.RETURN: "Came back of an earlier payout",
}


@dataclass(frozen=True)
class Item:
    """A reward in the payout, in words."""

    reward: int
    referral: int | None
    title: str
    detail: str
    amount: str


@dataclass(frozen=True)
class Carried:
    """A part of what was carried over; below zero it makes the payout smaller."""

    title: str
    detail: str
    amount: str
    is_debt: bool


def describe_makeup(payout: Payout) -> dict[str, Any]:
    rows = payout.items.select_related("reward__referral__referred", "reward__action").order_by("pk")
    items = [_item(row, payout.currency) for row in rows[:SHOWN]]
    return {
        "items": items,
        "items_more": payout.items.count() - SHOWN if len(items) == SHOWN else 0,
        "items_total": money(payout.amount - payout.carried_amount, payout.currency),
        "carried": describe_carried(payout) if payout.carried_amount else [],
        "total": money(payout.amount, payout.currency),
    }


def _item(row: PayoutItem, currency: str) -> Item:
    title, detail = _in_words(row.reward)
    return Item(row.reward_id, row.reward.referral_id, title, detail, money(row.amount, currency))


def _in_words(reward: Reward) -> tuple[str, str]:
    if reward.referral is None or reward.action is None:
        return "Given by hand", reward.description
    whom = reward.referral.referred.display_name
    title = f"For referring {whom}" if reward.side == Side.REFERRER else "For having signed up"
    return title, f"{whom} paid {describe_payment(reward)}"


def describe_carried(payout: Payout) -> list[Carried]:
    """What the carried amount comes from since the last payout that was not given back; together it is that amount."""
    entries = list(_carried_entries(payout)[: SHOWN + 1])
    payouts = by_uid(entries)
    lines = [(entry, entry.amount if entry.credit == Bucket.AVAILABLE else -entry.amount) for entry in entries[:SHOWN]]
    told = [_carried(entry, amount, payouts) for entry, amount in lines]
    rest = payout.carried_amount - sum(amount for _, amount in lines)
    if rest:
        told.append(Carried("Carried over otherwise", "", money(rest, payout.currency), rest < 0))
    return told


def _carried_entries(payout: Payout) -> QuerySet[LedgerEntry]:
    """Between two reservations: each takes all that is available, so the next begins with nothing."""
    book = LedgerEntry.objects.filter(person=payout.person_id, currency=payout.currency)
    standing = Payout.objects.filter(person=payout.person_id, currency=payout.currency, pk__lt=payout.pk)
    standing = standing.exclude(status__in=[Status.FAILED, Status.CANCELLED])
    bounds = book.filter(kind=EntryKind.RESERVE)
    start = bounds.filter(payout__in=standing.order_by().values("uid")).aggregate(pk=Max("pk"))["pk"] or 0
    end = bounds.filter(payout=payout.uid).aggregate(pk=Min("pk"))["pk"] or 0
    entries = book.filter(pk__gt=start, pk__lt=end, kind__in=list(CARRIED))
    return entries.select_related("reward__referral__referred", "reward__action").order_by("pk")


def _carried(entry: LedgerEntry, amount: int, payouts: dict[UUID, Payout]) -> Carried:
    payout = payouts.get(entry.payout) if entry.payout else None
    of_reward = f"{describe_cause(entry.key)}; {describe_reward(entry.reward)}" if entry.reward else ""
    detail = of_reward or (f"Paid {describe_way(payout)}" if payout else "")
    title = CARRIED[EntryKind(entry.kind)]
    return Carried(title, detail[:1].upper() + detail[1:], money(amount, entry.currency), amount < 0)


def by_uid(entries: list[LedgerEntry]) -> dict[UUID, Payout]:
    """The payouts that entries name, in one query, or none where no entry names one."""
    uids = {entry.payout for entry in entries if entry.payout}
    rows = Payout.objects.filter(uid__in=uids).select_related("method") if uids else []
    return {payout.uid: payout for payout in rows}
