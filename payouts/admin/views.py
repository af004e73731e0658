"""The views of the payouts queue: what waits for a person or for Stripe, counted no further than a thousand each."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value

from payouts.models import Payout, PayoutMethod
from referrals.admin.lookups import every_tenant

COUNTED = 1000
PATIENCE = timedelta(days=1)  # a payout that Stripe gave no clear answer about for longer is looked at by a person
Status = Payout.Status
VIEWS = {
    "held": "Held",
    "by_hand": "To pay by hand",
    "processing": "Processing",
    "stuck": "Stuck",
    "failed": "Failed",
}
Payouts = QuerySet[Payout]


def narrow(payouts: Payouts, view: str, *, now: datetime) -> Payouts:
    """The payouts of one view; all of them for a word that names none."""
    if view == "held":
        return payouts.filter(status=Status.HELD)
    if view == "by_hand":
        return payouts.filter(status=Status.PENDING, method__kind=PayoutMethod.Kind.MANUAL)
    if view == "processing":
        return payouts.filter(status=Status.PROCESSING)
    if view == "stuck":
        return payouts.filter(status=Status.PROCESSING, stripe_id="", sent_at__lte=now - PATIENCE)
    return not_made_up_for(payouts) if view == "failed" else payouts


def not_made_up_for(payouts: Payouts) -> Payouts:
    """Those that failed and were followed by no other payout to the same person in the same currency."""
    of_person = Payout.objects.filter(person=OuterRef("person"), currency=OuterRef("currency")).order_by("-id")
    failed = payouts.filter(tenant__in=every_tenant(), status=Status.FAILED)
    return failed.filter(pk=Subquery(of_person.values("pk")[:1]))  # a probe for each; a join would read the table


def count_views(*, now: datetime) -> dict[str, int]:
    """How many payouts each view has, in one statement; 1,001 stands for more."""
    first, *others = (_named(view, now=now) for view in VIEWS)
    found = Counter(row["view"] for row in first.union(*others, all=True))
    return {view: found[view] for view in VIEWS}


def _named(view: str, *, now: datetime) -> "QuerySet[Any, Any]":
    rows: QuerySet[Any, Any] = narrow(Payout.objects.order_by(), view, now=now).annotate(view=Value(view))
    return rows.values("view")[: COUNTED + 1]


def show_count(count: int) -> str:
    return f"{COUNTED}+" if count > COUNTED else str(count)
