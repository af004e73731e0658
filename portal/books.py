"""A member's own referrals, rewards, payouts and balances, read for their pages. Nothing here writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from credits.models import Reward
from credits.services.ledger import balances
from payouts.models import Payout, PayoutMethod
from portal.paging import read_page
from portal.stories import Story, tell_payout, tell_referral, tell_reward
from portal.wording import day, money
from referrals.models import Member, Referral, Side
from referrals.services.touch_counts import Touches, total_touches

BUCKETS = ("pending", "available", "reserved", "paid")


@dataclass(frozen=True)
class Chapter:
    """A page of a list; `after` is the cursor of the next, "" where there is none."""

    stories: list[Story]
    after: str


@dataclass(frozen=True)
class Sums:
    """What a member has in one currency, written out; `owed` is "" unless they owe."""

    currency: str
    earned: str
    pending: str
    available: str
    reserved: str
    paid: str
    owed: str


def read_referrals(member: Member, *, cursor: str = "", size: int) -> Chapter:
    """Whom this member brought in, the latest first."""
    own = Reward.objects.filter(person=member.person_id, side=Side.REFERRER).order_by("pk")
    rows = (
        Referral.objects.for_tenant(member.tenant)
        .filter(referrer=member)
        .select_related("referred", "details")
        .prefetch_related(Prefetch("rewards", queryset=own, to_attr="earned"))
    )
    found = read_page(rows, cursor=cursor, size=size, instant="attributed_at")
    return Chapter([tell_referral(row, _earned(row)) for row in found.rows], found.after)


def read_rewards(member: Member, *, cursor: str = "", size: int) -> Chapter:
    """What the person got in all programs of the tenant, as their balances count it, the latest first."""
    rows = Reward.objects.for_tenant(member.tenant).filter(person=member.person_id)
    found = read_page(rows.select_related("program", "referral__referred"), cursor=cursor, size=size)
    return Chapter([tell_reward(row, of_program=member.program_id) for row in found.rows], found.after)


def read_payouts(member: Member, *, cursor: str = "", size: int) -> Chapter:
    rows = Payout.objects.for_tenant(member.tenant).filter(person=member.person_id).select_related("method")
    found = read_page(rows, cursor=cursor, size=size)
    return Chapter([tell_payout(row) for row in found.rows], found.after)


def read_sums(member: Member) -> list[Sums]:
    """From the ledger, a row a currency, the program's own first; a member who has nothing has nothing of that one."""
    own = member.program.currency
    found = balances(member.person) or {own: {}}
    return [_sums(currency, found[currency]) for currency in sorted(found, key=lambda each: (each != own, each))]


def read_schedule(member: Member, *, at: datetime) -> str:
    """When the program pays out, in a sentence; "" where it does not say."""
    method = PayoutMethod.objects.filter(program=member.program_id, is_active=True).first()
    if method is None:
        return ""
    minimum = f", from {money(method.minimum_amount, method.currency)}" if method.minimum_amount else ""
    due = f" The next are on {day(method.next_run_at)}." if method.next_run_at and method.next_run_at > at else ""
    return f"Payouts are made {method.get_schedule_display().lower()}{minimum}.{due}"


def _earned(referral: Any) -> list[Reward]:
    rewards: list[Reward] = referral.earned
    return rewards


def _sums(currency: str, held: dict[str, int]) -> Sums:
    amounts = {bucket: held.get(bucket, 0) for bucket in BUCKETS}
    available = amounts["available"]
    written = {bucket: money(max(amount, 0), currency) for bucket, amount in amounts.items()}
    owed = money(-available, currency) if available < 0 else ""
    return Sums(currency=currency, earned=money(-held.get("expense", 0), currency), owed=owed, **written)


@dataclass(frozen=True)
class Reach:
    """How far a member's link got: valid clicks on any of their codes, and people who came by them."""

    clicks: int
    friends: int


def count_reach(member: Member) -> Reach:
    codes = tuple(member.codes.order_by("pk").values_list("pk", flat=True))
    clicks = total_touches(Touches(member.tenant_id, codes)).clicks
    return Reach(clicks, Referral.objects.for_tenant(member.tenant).filter(referrer=member).count())
