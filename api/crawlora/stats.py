"""The funnel: clicks, sign-ups, and what became of them."""

from typing import Any

from django.db.models import Count, Q

from referrals.models import Attribution, Referral
from referrals.services.touch_counts import Touches, count_touches
from tenants.models import Tenant

S = Referral.Status
FUNNEL = {
    "attributed": Q(),  # everybody who signed up
    "qualified": Q(qualified_at__isnull=False),  # everybody who paid, whatever came of it
    **{
        status.value: Q(status=status)
        for status in (S.REWARDED, S.CAPPED, S.REVIEW_REQUIRED, S.EXPIRED, S.REJECTED, S.FAILED)
    },
}


def count_funnel(tenant: Tenant, asked: dict[str, Any]) -> dict[str, int]:
    """Clicks and sign-ups between two instants, of all campaigns or of one."""
    signed_up = Referral.objects.for_tenant(tenant)
    bounds = {"from": "attributed_at__gte", "to": "attributed_at__lt"}
    signed_up = signed_up.filter(**{bounds[name]: asked[name] for name in bounds if name in asked})
    if asked.get("campaign"):
        signed_up = signed_up.filter(utm_campaign=asked["campaign"])
    return {"clicks": _count_clicks(tenant, asked), **signed_up.aggregate(**_counts())}


def _counts() -> dict[str, Count]:
    return {name: Count("pk", filter=condition) if condition else Count("pk") for name, condition in FUNNEL.items()}


def _count_clicks(tenant: Tenant, asked: dict[str, Any]) -> int:
    if not asked.get("campaign"):
        every = Touches(tenant.pk, since=asked.get("from"), until=asked.get("to"), valid_clicks=True)
        return count_touches(every)
    clicks = Attribution.objects.for_tenant(tenant).valid().filter(kind=Attribution.Kind.CLICK)
    bounds = {"from": "occurred_at__gte", "to": "occurred_at__lt"}
    within = {bounds[name]: asked[name] for name in bounds if name in asked}
    return clicks.filter(utm_campaign=asked["campaign"], **within).count()
