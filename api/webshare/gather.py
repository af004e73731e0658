"""The figures of a config and of channels: sums over what happened, in a few queries whatever the number of rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When

from api.webshare.words import MODE_OF_KIND
from credits.models import Bucket, EntryKind, LedgerEntry, Mode, Reward, RewardRule
from credits.models.money import to_major
from payouts.models import PayoutMethod
from referrals.models import Code, Person, Program, Referral, Side
from tenants.models import Tenant

USD = "USD"
FREQUENCIES: dict[str, timedelta] = {
    PayoutMethod.Schedule.WEEKLY: timedelta(days=7),
    PayoutMethod.Schedule.MONTHLY: timedelta(days=30),
}
LEFT = F("amount") - F("reversed_amount") - F("redeemed_amount")

# Who used a channel: those it brought in and, from when they redeemed it, those its owner had brought in by a link.
USES = """
WITH used AS (
    SELECT r.code_id, r.id AS referral_id, r.referred_id, '-infinity'::timestamptz AS since
    FROM referrals_referral r
    WHERE r.code_id = ANY(%(channels)s::bigint[]) AND r.qualified_at IS NOT NULL AND r.removed_at IS NULL
    UNION ALL
    SELECT a.code_id, r.id, r.referred_id, a.redeemed_at
    FROM referrals_appliedcoupon a
    JOIN referrals_code c ON c.id = a.code_id
    JOIN referrals_referral r ON r.referred_id = a.person_id AND r.referrer_id = c.member_id AND r.code_id <> c.id
    WHERE a.code_id = ANY(%(channels)s::bigint[]) AND a.redeemed_at IS NOT NULL
      AND r.qualified_at IS NOT NULL AND r.removed_at IS NULL
)
SELECT used.code_id, count(DISTINCT used.referred_id), coalesce(sum(payments.paid), 0)::bigint
FROM used CROSS JOIN LATERAL (
    SELECT sum(p.amount - p.reversed_amount) AS paid FROM referrals_action p
    WHERE p.referral_id = used.referral_id AND p.currency = 'USD' AND p.recorded_at >= used.since
) payments
GROUP BY used.code_id
"""


@dataclass(frozen=True)
class Earnings:
    """By mode, in cents: what waits for the next earn-out, and what became available ever."""

    waiting: dict[str, int]
    ever: dict[str, int]


def channels_of(tenant: Tenant, person: Person | None) -> QuerySet[Code]:
    """The coupon codes of a person, or of the whole tenant."""
    channels = Code.objects.for_tenant(tenant).filter(kind=Code.Kind.COUPON)
    return channels.filter(member__person=person) if person else channels


def credits_of(tenant: Tenant, person: Person | None) -> QuerySet[Reward]:
    """The rewards in US dollars, of a person or of the whole tenant: credits name no currency."""
    rewards = Reward.objects.for_tenant(tenant).filter(currency=USD)
    return rewards.filter(person=person) if person else rewards


def gather_channels(tenant: Tenant, person: Person | None) -> list[dict[str, Any]]:
    channels = list(channels_of(tenant, person).select_related("member__program").order_by("pk"))
    ids = [channel.pk for channel in channels]
    rules = referrer_rules({channel.member.program_id for channel in channels})
    uses, commissions = _uses_of(ids), _commissions_of(ids)
    return [
        {
            "channel": channel,
            "total_uses": uses.get(channel.pk, (0, 0))[0],
            "total_revenue": uses.get(channel.pk, (0, 0))[1],
            "total_commission": commissions.get(channel.pk, 0),
            **rates_of(rules.get(channel.member.program_id)),
        }
        for channel in channels
    ]


def referrer_rules(programs: Iterable[int]) -> dict[int, RewardRule]:
    """By program, the rule in force by which its members earn: a percentage, where there is one."""
    rules = RewardRule.objects.filter(
        program__in=list(programs), retired_at=None, side=Side.REFERRER, currency__in=["", USD]
    )
    fixed_last = Case(When(kind=RewardRule.Kind.PERCENTAGE, then=Value(0)), default=Value(1))
    return {rule.program_id: rule for rule in reversed(rules.order_by(fixed_last, "pk"))}


def rates_of(rule: RewardRule | None) -> dict[str, Any]:
    """What a rule pays, as decimals; a fixed amount is no rate. Without a period its rate never changes."""
    if rule is None or rule.initial_rate is None:
        names = ("initial_rate", "ongoing_rate", "initial_rate_period_days")
        return {**dict.fromkeys(names), "max_earnings_per_referred": _maximum(rule)}
    for_ever = rule.initial_rate_days is None
    return {
        "initial_rate": rule.initial_rate,
        "ongoing_rate": rule.initial_rate if for_ever else rule.ongoing_rate or Decimal(0),
        "initial_rate_period_days": rule.initial_rate_days or 0,
        "max_earnings_per_referred": _maximum(rule),
    }


def _maximum(rule: RewardRule | None) -> Decimal | None:
    return None if rule is None or rule.max_per_referred is None else to_major(rule.max_per_referred, USD)


def _uses_of(channels: list[int]) -> dict[int, tuple[int, int]]:
    """By channel, how many people used it, and the cents they paid, less what went back."""
    with connection.cursor() as cursor:
        cursor.execute(USES, {"channels": channels})
        return {channel: (people, paid) for channel, people, paid in cursor.fetchall()}


def _commissions_of(channels: list[int]) -> dict[int, int]:
    """By channel, the cents its owner was granted, less what was taken back, whatever became of them since."""
    entries = LedgerEntry.objects.filter(
        reward__referral__code__in=channels, reward__side=Side.REFERRER, currency=USD
    ).order_by()
    granted = Sum(_moved(out_of=Bucket.EXPENSE))
    return dict(entries.values_list("reward__referral__code").annotate(total=granted))


def _moved(*, out_of: str) -> Case:
    """The amount of an entry, by its direction, and zero for one that does not touch the bucket."""
    return Case(When(debit=out_of, then=F("amount")), When(credit=out_of, then=-F("amount")), default=Value(0))


def earnings_of(tenant: Tenant, person: Person | None, *, mode: str) -> Earnings:
    """What a person, or all of a tenant, has earned in US dollars.

    What waits adds up to what the next payouts take. What no reward accounts for, such as a payout that came back or
    what is owed after a refund, is counted as the given mode.
    """
    entries = LedgerEntry.objects.for_tenant(tenant).filter(currency=USD)
    if person:
        entries = entries.filter(person=person)
    lasting = Sum(-_moved(out_of=Bucket.AVAILABLE), filter=Q(reward__isnull=False) & ~Q(kind=EntryKind.REDEEM))
    rows = entries.order_by().values_list("reward__mode")
    flows = list(rows.annotate(ever=lasting, available=Sum(-_moved(out_of=Bucket.AVAILABLE))))
    rewards = credits_of(tenant, person).filter(status=Reward.Status.AVAILABLE).order_by()
    waiting = dict.fromkeys(Mode.values, 0) | dict(rewards.values_list("mode").annotate(left=Sum(LEFT)))
    waiting[mode] += sum(available for _, _, available in flows) - sum(waiting.values())
    return Earnings(waiting, {each: sum(ever or 0 for name, ever, _ in flows if name == each) for each in Mode.values})


def count_people(tenant: Tenant, person: Person | None) -> dict[str, int]:
    """How many people somebody, or everybody of a tenant, brought in, and how many of these have paid."""
    referrals = Referral.objects.for_tenant(tenant)
    if person:
        referrals = referrals.filter(referrer__person=person)
    return referrals.aggregate(
        brought_in=Count("referred", distinct=True),
        paid=Count("referred", distinct=True, filter=Q(qualified_at__isnull=False)),
    )


def earn_out_method(program: Program, *, mode: str) -> PayoutMethod | None:
    """By which method of a program somebody of that mode is to be paid: one with a schedule, where there is one."""
    methods = list(program.payout_methods.filter(is_active=True, currency=USD))
    fitting = [method for method in methods if MODE_OF_KIND[method.kind] == mode] or methods
    return next((method for method in fitting if method.next_run_at), next(iter(fitting), None))


def pending_days(program: Program, rule: RewardRule | None) -> timedelta:
    own = rule.hold_days if rule else None
    return timedelta(days=program.hold_days if own is None else own)


def latest(*instants: datetime | None) -> datetime:
    return max(instant for instant in instants if instant is not None)
