"""Everything that one payout's page shows."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from credits.admin.wording import span
from credits.models import LedgerEntry
from credits.models.money import display as money
from payouts.admin.makeup import describe_makeup
from payouts.admin.stepping import RELATED, mark_of
from payouts.admin.steps import steps_for
from payouts.admin.story import tell_payout
from payouts.admin.wording import (
    OUTCOME_COLOURS,
    OUTCOMES,
    PAYOUT_COLOURS,
    age_of,
    describe_method,
    explain_holds,
    explain_status,
)
from payouts.models import Payout, PayoutAccount, PayoutAttempt
from referrals.admin.wording import actor_name

LATELY = timedelta(days=30)
Status = Payout.Status


@require_safe
def show_payout(request: HttpRequest, object_id: str, *, model_admin: Any) -> HttpResponse:
    if not object_id.isdecimal() or len(object_id) > 18:  # noqa: PLR2004  # digits of a bigint
        raise Http404
    payout = get_object_or_404(Payout.objects.select_related(*RELATED), pk=int(object_id))
    if not model_admin.has_view_or_change_permission(request, payout):
        raise PermissionDenied
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    may_act, now = model_admin.has_change_permission(request, payout), timezone.now()
    context = {
        **model_admin.admin_site.each_context(request),
        **describe_payout(payout, now=now),
        "title": f"Payout {payout.pk}",
        "opts": model_admin.opts,
        "original": payout,
        "may_act": may_act,
        "steps": steps_for(payout, request.user, now=now) if may_act else [],
    }
    return TemplateResponse(request, "payouts/payout.html", context)


def describe_payout(payout: Payout, *, now: datetime) -> dict[str, Any]:
    """The page's context. Reads only; the number of queries does not depend on the payout's size."""
    return {
        "payout": payout,
        "amount": money(payout.amount, payout.currency),
        "returned": money(payout.returned_amount, payout.currency) if payout.returned_amount else "",
        "colour": PAYOUT_COLOURS[payout.status],
        "age": age_of(payout, now=now),
        "method": describe_method(payout.method),
        "meaning": explain_status(payout),
        "is_held": payout.status == Status.HELD,
        "holds": explain_holds(payout),
        "requested_by": actor_name(payout.requested_by),
        "released_by": actor_name(payout.released_by) if payout.released_by else "",
        "makeup": describe_makeup(payout),
        "entries": describe_entries(payout),
        "attempts": [_describe_attempt(attempt) for attempt in payout.attempts.order_by("number")],
        "account": describe_account(payout, now=now),
        "later": _later(payout) if payout.status in (Status.FAILED, Status.CANCELLED) else None,
        "story": tell_payout(payout),
        "seen": mark_of(payout),
    }


def describe_entries(payout: Payout) -> list[tuple[LedgerEntry, str]]:
    entries = LedgerEntry.objects.filter(payout=payout.uid).order_by("pk")
    return [(entry, money(entry.amount, entry.currency)) for entry in entries]


def _describe_attempt(attempt: PayoutAttempt) -> dict[str, Any]:
    return {
        "attempt": attempt,
        "outcome": OUTCOMES[attempt.outcome],
        "colour": OUTCOME_COLOURS[attempt.outcome],
    }


def describe_account(payout: Payout, *, now: datetime) -> dict[str, Any]:
    """Where it goes, and whether that is still where the person wants it."""
    account = PayoutAccount.objects.filter(person=payout.person_id, kind=payout.method.kind).first()
    changed = account.changed_at if account else None
    return {
        "row": account,
        "changed": f"{span(now - changed)} ago" if changed and now - changed < LATELY else "",
        "is_other": bool(account) and account.destination != payout.destination if account else False,
    }


def _later(payout: Payout) -> Payout | None:
    """The payout that took along what this one did not pay."""
    later = Payout.objects.filter(person=payout.person_id, currency=payout.currency, pk__gt=payout.pk)
    return later.select_related("person").order_by("pk").first()
