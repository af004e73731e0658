"""The last 30 days on the dashboard: from clicks to rewards."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from referrals.models import Attribution, Referral
from referrals.models.attribution import ID_SHIFT

DAYS = 30
COUNTED = 10_000  # clicks counted one by one; of more the planner is asked
Status = Referral.Status


def describe_activity(now: datetime) -> dict[str, Any]:
    """Of the people who signed up in these days, how far they came. One grouping by day serves funnel and chart."""
    since = now - timedelta(days=DAYS)
    by_day = {row["day"]: row for row in _count_by_day(since)}
    totals = {name: sum(row[name] for row in by_day.values()) for name in COUNTS}
    clicks, is_exact = estimate_clicks(since)
    return {
        "clicks": f"{clicks:,}" if is_exact else f"about {clicks:,}",
        "rate": f"{100 * totals['signed_up'] / clicks:.1f}%" if clicks else "",
        "steps": [_step(LABELS[name], totals[name], totals["signed_up"]) for name in COUNTS],
        "days": _chart(by_day, [since.date() + timedelta(days=offset) for offset in range(1, DAYS + 1)]),
    }


COUNTS = {
    "signed_up": Count("pk"),
    "qualified": Count("pk", filter=Q(qualified_at__isnull=False)),
    "in_review": Count("pk", filter=Q(status=Status.REVIEW_REQUIRED)),
    "rewarded": Count("pk", filter=Q(status=Status.REWARDED)),
    "rejected": Count("pk", filter=Q(status=Status.REJECTED)),
}
LABELS = {
    "signed_up": "Signed up",
    "qualified": "Paid and qualified",
    "in_review": "In review now",
    "rewarded": "Rewarded",
    "rejected": "Rejected",
}


def _count_by_day(since: datetime) -> list[dict[str, Any]]:
    rows = Referral.objects.filter(attributed_at__gte=since, removed_at__isnull=True)
    days: Any = rows.order_by().annotate(day=TruncDate("attributed_at")).values("day").annotate(**COUNTS)
    return list(days)


def _step(label: str, count: int, total: int) -> dict[str, Any]:
    share = 100 * count / total if total else 0
    return {"label": label, "count": f"{count:,}", "share": f"{share:.0f}%", "width": f"{share:.1f}"}


def _chart(by_day: dict[Any, dict[str, Any]], days: list[Any]) -> list[dict[str, Any]]:
    """A bar per day: how many signed up, and the part of them that qualified, in percent of the highest bar."""
    highest = max((row["signed_up"] for row in by_day.values()), default=0) or 1
    nothing = dict.fromkeys(COUNTS, 0)
    bars = [(day, by_day.get(day, nothing)) for day in days]
    return [
        {
            "label": f"{day:%d %b}: {row['signed_up']} signed up, {row['qualified']} qualified",
            "height": f"{100 * row['signed_up'] / highest:.1f}",
            "part": f"{100 * row['qualified'] / row['signed_up']:.1f}" if row["signed_up"] else "0",
        }
        for day, row in bars
    ]


def estimate_clicks(since: datetime) -> tuple[int, bool]:
    """Valid touches since then, and whether that is exact. Ids carry the time, so it is a range of ids: counted along
    the key up to a bound, and beyond it what the planner expects of the same range.
    """
    least = int(since.timestamp() * 1000) << ID_SHIFT
    touches = Attribution.objects.valid().filter(pk__gte=least, deleted_at__isnull=True).order_by("pk").values("pk")
    counted = touches[: COUNTED + 1].count()
    if counted <= COUNTED:
        return counted, True
    (plan,) = json.loads(touches.order_by().explain(format="json"))
    return max(counted, int(plan["Plan"]["Plan Rows"])), False
