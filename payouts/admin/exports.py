"""Payouts as CSV: what the queue shows, and what is to be paid by hand. Both have the columns that results come in."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits.models.money import to_major
from payouts.admin.cells import csv_response
from payouts.admin.views import Payouts, narrow
from payouts.models import Payout
from payouts.services.results import COLUMNS

MORE = (
    *("person", "email", "person_id", "tenant", "program", "method", "kind", "destination", "amount", "currency"),
    *("status", "why_held", "stripe_id", "requested_at", "ended_at"),
)
RESULTS = {Payout.Status.COMPLETED: "paid", Payout.Status.FAILED: "failed"}


@require_safe
def export_payouts(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """What the list shows under the same filters and search, all pages of it."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    try:
        shown = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(reverse("admin:payouts_payout_changelist"))
    return _download("payouts", shown.get_queryset(request))


@require_safe
def export_to_pay(request: HttpRequest, model_admin: Any) -> HttpResponseBase:
    """What waits to be paid by hand, oldest first: to be filled in and sent back as results."""
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    return _download("payouts-to-pay", narrow(Payout.objects.all(), "by_hand", now=timezone.now()).order_by("id"))


def _download(name: str, payouts: Payouts) -> HttpResponseBase:
    related = payouts.select_related("person", "tenant", "method__program")
    return csv_response(f"{name}-{timezone.now():%Y-%m-%d}", [*COLUMNS, *MORE], _rows(related))


def _rows(payouts: Payouts) -> Iterator[list[Any]]:
    for payout in payouts.iterator(chunk_size=1000):
        person, method = payout.person, payout.method
        yield [
            *(str(payout.uid), RESULTS.get(Payout.Status(payout.status), ""), payout.reference, payout.error),
            *(person.display_name, person.email, person.public_id, payout.tenant.alias),
            *(str(method.program), method.name, method.kind, payout.destination),
            *(to_major(payout.amount, payout.currency), payout.currency, payout.status, " ".join(payout.holds)),
            *(payout.stripe_id, payout.requested_at.isoformat(), payout.ended_at and payout.ended_at.isoformat()),
        ]
