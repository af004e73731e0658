"""Rules that ask how the referrer and the referred person behave."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from django.db.models import Count, Q

from referrals.models import Action, Referral
from referrals.services.risk.case import Case
from referrals.services.risk.registry import Evidence, rule

VELOCITY_WINDOW = timedelta(hours=24)
VELOCITY_LIMIT = 10
VELOCITY_LOOKED_AT = 500  # beyond that the exact number does not matter
REFUND_WINDOW = timedelta(days=180)
REFUND_LOOKED_AT = 1000  # the latest referrals: of a large referrer a sample, and the part that matters
REFUND_MIN_ACTIONS = 5
REFUND_PERCENT = 30


@rule("referrer_velocity", version=1, score=50)
def find_velocity(case: Case) -> Evidence | None:
    """The referrer brought more people within a day than a person usually knows."""
    count = _busiest(_attributed_around(case), case.referral.attributed_at)
    case.look_at(referrals=count, limit=VELOCITY_LIMIT, hours=24)
    if count <= VELOCITY_LIMIT:
        return None
    return {"referrer": str(case.referrer.uid), "referrals": count, "limit": VELOCITY_LIMIT, "hours": 24}


@rule("existing_customer", version=1, score=60)
def find_existing_customer(case: Case) -> Evidence | None:
    """The referred person had paid before they were referred."""
    paid_at, attributed_at = case.referred.first_paid_at, case.referral.attributed_at
    case.look_at(first_paid_at=paid_at.isoformat() if paid_at else None, attributed_at=attributed_at.isoformat())
    if paid_at is None or paid_at >= attributed_at:
        return None
    return {"first_paid_at": paid_at.isoformat(), "attributed_at": attributed_at.isoformat()}


@rule("referrer_refund_rate", version=1, score=40)
def find_refund_rate(case: Case) -> Evidence | None:
    """Much of what this referrer's people paid in the last half year went back to them."""
    referrals = Referral.objects.filter(tenant=case.tenant_id, referrer__person=case.referrer)
    recent = Action.objects.filter(
        tenant=case.tenant_id,
        referral__in=referrals.order_by("-attributed_at").values("pk")[:REFUND_LOOKED_AT],
        occurred_at__gt=case.at - REFUND_WINDOW,
        occurred_at__lte=case.at,
    )
    counts = recent.aggregate(actions=Count("pk"), reversed=Count("pk", filter=Q(reversed_amount__gt=0)))
    actions, went_back = counts["actions"], counts["reversed"]
    case.look_at(actions=actions, reversed=went_back, least=REFUND_MIN_ACTIONS, limit_percent=REFUND_PERCENT)
    if actions < REFUND_MIN_ACTIONS or went_back * 100 < actions * REFUND_PERCENT:
        return None
    return {
        "referrer": str(case.referrer.uid), "actions": actions, "reversed": went_back,
        "percent": went_back * 100 // actions, "days": REFUND_WINDOW.days,
    }  # fmt: skip


def _attributed_around(case: Case) -> list[datetime]:
    """When this referrer's referrals of a day before and a day after this one were attributed, earliest first."""
    middle = case.referral.attributed_at
    around = Referral.objects.filter(
        tenant=case.tenant_id,
        referrer__person=case.referrer,
        attributed_at__gt=middle - VELOCITY_WINDOW,
        attributed_at__lt=middle + VELOCITY_WINDOW,
        attributed_at__lte=case.at,
        removed_at__isnull=True,
    )
    return list(around.order_by("attributed_at").values_list("attributed_at", flat=True)[:VELOCITY_LOOKED_AT])


def _busiest(times: list[datetime], middle: datetime) -> int:
    """The most of these times that fall into one window together with the one in the middle.

    A window that ended with this referral would let the first ten of every burst through.
    """
    earlier = bisect_right(times, middle)
    spans = (bisect_left(times, times[start] + VELOCITY_WINDOW) - start for start in range(earlier))
    return max(spans, default=0)
