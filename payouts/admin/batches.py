"""An earn-out by hand: who would get what and why the rest do not, then the run itself, a batch at a time."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from credits.models.money import display as money
from credits.services.review import staff
from payouts.admin.cells import csv_response
from payouts.admin.preview import HEADER, describe_preview, preview_rows
from payouts.errors import PayoutError
from payouts.models import Payout, PayoutMethod
from payouts.services.candidates import next_payable
from payouts.services.earn_outs import check_runnable, pay_next

SECONDS = 2.0  # of work in one request: long enough to get on, short enough to show it
FORGOTTEN = timedelta(minutes=10)  # a run that nobody looked at for so long is not gone on with
State = dict[str, Any]


@require_safe
def show_preview(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
    method = _find(request, pk, model_admin)
    chosen, page = request.GET.get("outcome", ""), request.GET.get("page", "1")
    number = min(max(int(page), 1), 10**6) if page.isdecimal() and page.isascii() else 1
    context = {
        **_context(request, model_admin, method, f"Run {method.name} by hand"),
        **describe_preview(method, chosen=chosen, page=number, now=timezone.now()),
        "may_run": _may_run(request),
        "obstacle": _obstacle(method),
    }
    return TemplateResponse(request, "payouts/preview.html", context)


@require_safe
def export_preview(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponseBase:
    method = _find(request, pk, model_admin)
    now = timezone.now()
    return csv_response(f"preview-{now:%Y-%m-%d}", HEADER, preview_rows(method, now=now))


@require_POST
def start_run(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
    """Begin a run. One that is under way is gone on with: a double click does not begin another."""
    method = _find(request, pk, model_admin)
    if not _may_run(request):
        raise PermissionDenied
    against = _obstacle(method)
    if against:
        messages.error(request, against)
        return HttpResponseRedirect(reverse("admin:payouts_payoutmethod_preview", args=[pk]))
    now = timezone.now()
    if not _is_under_way(request.session.get(_key(pk)), now):
        state = {"at": now.isoformat(), "seen": now.isoformat(), "after": 0, "people": 0, "is_done": False}
        request.session[_key(pk)] = {**state, "total": len(next_payable(method))}
        model_admin.log_change(request, method, "Run by hand.")
    return HttpResponseRedirect(reverse("admin:payouts_payoutmethod_progress", args=[pk]))


@require_GET
def show_progress(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
    """Go on with the run that this very session began by a POST, for two seconds, and show how far it has come. The
    page asks for itself again until all is done, with or without scripts; asking once more does no harm.
    """
    method = _find(request, pk, model_admin)
    if not _may_run(request):
        raise PermissionDenied
    state = request.session.get(_key(pk))
    if state is None or not (state["is_done"] or _is_under_way(state, timezone.now())):
        return HttpResponseRedirect(reverse("admin:payouts_payoutmethod_preview", args=[pk]))
    try:
        request.session[_key(pk)] = state = _go_on(method, state, actor=staff(_user(request)))
    except PayoutError as refusal:
        messages.error(request, f"The run stopped: {refusal}")
        request.session[_key(pk)] = state = {**state, "is_done": True}
    context = {
        **_context(request, model_admin, method, f"Run of {method.name}"),
        **_describe_run(method, state, actor=staff(_user(request))),
    }
    return TemplateResponse(request, "payouts/progress.html", context)


def _go_on(method: PayoutMethod, state: State, *, actor: str) -> State:
    deadline, at = time.monotonic() + SECONDS, datetime.fromisoformat(state["at"])
    state = {**state, "seen": timezone.now().isoformat()}
    while not state["is_done"]:
        step = pay_next(method, after=state["after"], actor=actor, at=at)
        if step is None:
            return {**state, "is_done": True}
        state |= {"after": step.last, "people": state["people"] + step.people}
        if time.monotonic() > deadline:
            break
    return state


def _describe_run(method: PayoutMethod, state: State, *, actor: str) -> dict[str, Any]:
    """How far a run has come. What it requested is read from the payouts themselves."""
    made = Payout.objects.filter(method=method, requested_by=actor, requested_at=datetime.fromisoformat(state["at"]))
    rows = made.order_by().values("status").annotate(count=Count("pk"), sum=Sum("amount"))
    counts = {row["status"]: (row["count"], row["sum"]) for row in rows}
    total = max(state["total"], state["people"])
    requested = sum(count for count, _ in counts.values())
    return {
        "is_done": state["is_done"],
        "percent": 100 if state["is_done"] else 100 * state["people"] // (total or 1),
        "people": f"{state['people']:,}",
        "total": f"{total:,}",
        "requested": f"{requested:,}",
        "held": f"{counts.get(Payout.Status.HELD, (0, 0))[0]:,}",
        "amount": money(sum(amount for _, amount in counts.values()), method.currency),
        "others": f"{state['people'] - requested:,}",
    }


def _is_under_way(state: State | None, now: datetime) -> bool:
    return state is not None and not state["is_done"] and now - datetime.fromisoformat(state["seen"]) < FORGOTTEN


def _obstacle(method: PayoutMethod) -> str:
    try:
        check_runnable(method)
    except PayoutError as refusal:
        return str(refusal)
    return ""


def _find(request: HttpRequest, pk: int, model_admin: Any) -> PayoutMethod:
    method = get_object_or_404(PayoutMethod.objects.select_related("program", "tenant"), pk=pk)
    if not (
        model_admin.has_view_or_change_permission(request, method) and request.user.has_perm("payouts.view_payout")
    ):
        raise PermissionDenied
    return method


def _may_run(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("payouts.add_payout"))


def _context(request: HttpRequest, model_admin: Any, method: PayoutMethod, title: str) -> dict[str, Any]:
    page = {"title": title, "opts": model_admin.opts, "original": method, "method": method}
    return {**model_admin.admin_site.each_context(request), **page}


def _key(pk: int) -> str:
    return f"payout_run:{pk}"


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return request.user
