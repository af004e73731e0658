"""Taking a step on a payout: a POST shows what will happen, and a second one from that page does it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from credits.models.money import display as money
from credits.services.review import staff
from payouts.admin.steps import STEPS, Step, obstacle, ways_for
from payouts.admin.wording import describe_method, explain_holds
from payouts.errors import PayoutError
from payouts.models import Payout

RELATED = ("person", "tenant", "method__program")


def mark_of(payout: Payout) -> str:
    """What somebody saw of a payout: a step asked for on other grounds is refused."""
    return f"{payout.status} {payout.updated_at.isoformat()}"


def to_payout(payout: Payout) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout.pk]))


def _view(step: Step) -> Callable[..., HttpResponse]:
    @require_POST
    def view(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
        payout = get_object_or_404(Payout.objects.select_related(*RELATED), pk=pk)
        if not model_admin.has_change_permission(request, payout):
            raise PermissionDenied
        against = _against(step, payout, request)
        if against:
            messages.error(request, against)
            return to_payout(payout)
        if "confirmed" not in request.POST:
            return _ask(step, payout, request, model_admin)
        return _take(step, payout, request, model_admin)

    return view


VIEWS = [(step.name, _view(step)) for step in STEPS]


def _against(step: Step, payout: Payout, request: HttpRequest) -> str:
    if request.POST.get("seen", "") != mark_of(payout):
        return f"It changed while you were looking at it, and is {payout.get_status_display().lower()} now."
    return obstacle(step, payout, _user(request), now=timezone.now())


def _ask(
    step: Step, payout: Payout, request: HttpRequest, model_admin: Any, *, is_missing: bool = False
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{step.label}?",
        "opts": model_admin.opts,
        "original": payout,
        "step": step,
        "amount": money(payout.amount, payout.currency),
        "method": describe_method(payout.method),
        "holds": explain_holds(payout),
        "ways": ways_for(payout, now=timezone.now()) if step.name == "retry" else [],
        "seen": mark_of(payout),
        "is_missing": is_missing,
    }
    return TemplateResponse(request, "payouts/confirm_step.html", context)


def _take(step: Step, payout: Payout, request: HttpRequest, model_admin: Any) -> HttpResponse:
    said = request.POST.get("said", "").strip()
    if step.field and not step.is_optional and not said:
        return _ask(step, payout, request, model_admin, is_missing=True)
    try:
        made = step.take(payout, staff(_user(request)), timezone.now(), said)
    except PayoutError as refusal:
        messages.error(request, str(refusal))
        return to_payout(payout)
    model_admin.log_change(request, payout, f"{step.done.capitalize()}. {said}".strip())
    messages.success(request, f"{made}: {step.done}.")
    return to_payout(made)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return request.user
