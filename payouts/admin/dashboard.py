"""The first page of the console: what waits, what came in, what is owed, and whether everything runs.

A fixed number of queries, each over an index, a partition's range of ids, or one grouping; see the tests for the count.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum
from django.http import HttpRequest
from django.utils import timezone

from credits.admin.wording import span, time_left
from credits.models import Bucket, LedgerEntry, Review, Reward
from credits.models.money import display as money
from credits.models.money import to_major
from payouts.admin.activity import describe_activity
from payouts.admin.health import check_health
from payouts.admin.views import VIEWS, count_views, show_count
from referrals.admin.wording import risk_name
from tenants.admin.base import tags

NEXT_CASES = 5
HELD = (Bucket.PENDING, Bucket.AVAILABLE, Bucket.RESERVED, Bucket.PAID)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The callback unfold is given. Each part is for those who may see what it is made of."""
    now = timezone.now()
    parts = {
        "desk": ("credits.view_review", describe_queue),
        "activity": ("referrals.view_referral", describe_activity),
        "books": ("credits.view_ledgerentry", describe_money),
        "payouts": ("payouts.view_payout", describe_payouts),
        "health": ("payouts.view_stripeevent", check_health),
    }
    seen = {name: describe(now) for name, (permission, describe) in parts.items() if request.user.has_perm(permission)}
    return {**context, "title": "Dashboard", "now": now, **seen}


def describe_queue(now: datetime) -> dict[str, Any]:
    sums = Review.objects.open().order_by().values("currency")
    late = Count("pk", filter=Q(deadline__lte=now))
    rows = list(sums.annotate(count=Count("pk"), at_risk=Sum("amount_at_risk"), oldest=Min("opened_at"), late=late))
    oldest = min((row["oldest"] for row in rows), default=None)
    return {
        "count": sum(row["count"] for row in rows),
        "late": sum(row["late"] for row in rows),
        "oldest": span(now - oldest) if oldest else "",
        "at_risk": [money(row["at_risk"], row["currency"]) for row in sorted(rows, key=lambda row: -row["count"])],
        "next": [_describe_case(review, now) for review in _next_cases()],
    }


def _next_cases() -> list[Review]:
    related = ("referral__referrer__person", "referral__referred", "referral__program")
    queue = Review.objects.open().select_related(*related).order_by("-amount_at_risk", "deadline", "id")
    return list(queue[:NEXT_CASES])


def _describe_case(review: Review, now: datetime) -> dict[str, Any]:
    return {
        "review": review,
        "amount": money(review.amount_at_risk, review.currency),
        "reasons": tags([risk_name(code) for code in review.reasons], "warn", shown=2),
        "urgency": time_left(review, now=now),
    }


def describe_money(now: datetime) -> list[dict[str, Any]]:
    """Per currency what the ledger holds in each bucket, and what matures soon. Nothing is added across currencies."""
    held = sum_buckets()
    maturing = _sum_maturing(now)
    return [
        {
            "currency": currency,
            "held": [f"{to_major(held.get((currency, bucket), 0), currency):,}" for bucket in HELD],
            "week": money(maturing.get(currency, (0, 0))[0], currency),
            "month": f"{to_major(maturing.get(currency, (0, 0))[1], currency):,}",
        }
        for currency in sorted({currency for currency, _ in held} | set(maturing))
    ]


URGENCY = {"held": "warn", "by_hand": "warn", "processing": "", "stuck": "bad", "failed": "bad"}
MEANINGS = {
    "held": "waiting for a second person, or for their time",
    "by_hand": "waiting for somebody to pay them and to say so",
    "processing": "at Stripe, to be confirmed",
    "stuck": "no clear answer from Stripe for over a day: look them up there",
    "failed": "and no later payout has made up for them",
}


def describe_payouts(now: datetime) -> list[dict[str, str]]:
    """What waits, view by view, in one statement. What needs a person is coloured."""
    counts = count_views(now=now)
    return [
        {
            "view": view,
            "label": VIEWS[view],
            "count": show_count(counts[view]),
            "meaning": MEANINGS[view],
            "colour": URGENCY[view] if counts[view] else "",
        }
        for view in VIEWS
    ]


def sum_buckets() -> dict[tuple[str, str], int]:
    """What all books together hold, by currency and bucket: one grouping of the entries, never of stored states."""
    sums: dict[tuple[str, str], int] = {}
    for row in LedgerEntry.objects.order_by().values("currency", "debit", "credit").annotate(moved=Sum("amount")):
        for bucket, amount in ((row["debit"], -row["moved"]), (row["credit"], row["moved"])):
            sums[row["currency"], bucket] = sums.get((row["currency"], bucket), 0) + amount
    return sums


def _sum_maturing(now: datetime) -> dict[str, tuple[int, int]]:
    """What matures within 7 and within 30 days, per currency."""
    soon = Q(matures_at__lte=now + timedelta(days=7))
    due = Reward.objects.due(now + timedelta(days=30)).filter(frozen_at__isnull=True).order_by()
    rows = due.values("currency").annotate(week=Sum("amount", filter=soon), month=Sum("amount"))
    return {row["currency"]: (row["week"] or 0, row["month"]) for row in rows}
