"""The case page and what a reviewer does there. Reading is a GET; each step is a POST of its own, to one service."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from credits.admin.case import RELATED, describe_case
from credits.admin.wording import holder
from credits.errors import ClaimedByAnother, CreditError, NotAwaitingReview, PartyToCase, ReasonRequired
from credits.models import Review
from credits.services.review import approve, claim, claim_next, reject, release, staff
from referrals.admin.wording import actor_name

QUEUE = "admin:credits_review_changelist"
Step = Callable[[HttpRequest, Review], HttpResponse]


@require_safe
def show_case(request: HttpRequest, object_id: str, *, model_admin: Any) -> HttpResponse:
    if not object_id.isdecimal():
        raise Http404
    review = get_object_or_404(Review.objects.select_related(*RELATED), pk=int(object_id))
    if not model_admin.has_view_or_change_permission(request, review):
        raise PermissionDenied
    context = {
        **model_admin.admin_site.each_context(request),
        **describe_case(review, user=_user(request), now=timezone.now()),
        "title": f"Case {review.pk}",
        "opts": model_admin.opts,
        "original": review,
        "may_decide": model_admin.has_change_permission(request, review),
    }
    return TemplateResponse(request, "credits/case.html", context)


def _step(take: Step) -> Callable[..., HttpResponse]:
    """A step on one case: a POST by somebody who may decide. A refusal is told on the case's page."""

    @require_POST
    def view(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
        review = get_object_or_404(Review, pk=pk)
        if not model_admin.has_change_permission(request, review):
            raise PermissionDenied
        try:
            return take(request, review)
        except CreditError as refusal:
            messages.error(request, f"{explain(refusal, review)}.")
            return to_case(review)

    return view


@_step
def claim_case(request: HttpRequest, review: Review) -> HttpResponse:
    claim(review, by=_user(request), at=timezone.now())
    return to_case(review)


@_step
def release_case(request: HttpRequest, review: Review) -> HttpResponse:
    release(review, by=_user(request))
    return HttpResponseRedirect(reverse(QUEUE))


@_step
def approve_case(request: HttpRequest, review: Review) -> HttpResponse:
    user = _user(request)
    approve(review, actor=staff(user), by=user, at=timezone.now(), note=request.POST.get("note", "").strip())
    messages.success(request, f"Case {review.pk} approved.")
    return _go_on(request)


@_step
def reject_case(request: HttpRequest, review: Review) -> HttpResponse:
    user = _user(request)
    reject(review, actor=staff(user), by=user, at=timezone.now(), reason=given_reason(request))
    messages.success(request, f"Case {review.pk} rejected.")
    return _go_on(request)


@require_POST
def take_next_case(request: HttpRequest, model_admin: Any) -> HttpResponse:
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    return _take_next(request)


def given_reason(request: HttpRequest) -> str:
    """One of the usual reasons, words of the reviewer's own, or both."""
    parts = (request.POST.get("usual", "").strip(), request.POST.get("reason", "").strip())
    return ": ".join(part for part in parts if part)


def explain(refusal: CreditError, review: Review) -> str:
    """Why a step was refused, as part of a sentence about the case as it stands now."""
    review = Review.objects.select_related("claimed_by").get(pk=review.pk)
    name = f"Case {review.pk}"
    if isinstance(refusal, NotAwaitingReview):
        return f"{name} is already {review.status}, by {actor_name(review.decided_by)}"
    if isinstance(refusal, ClaimedByAnother):
        other = holder(review, now=timezone.now()) or "another reviewer"
        return f"{name} is claimed by {other}, who is working on it"
    if isinstance(refusal, PartyToCase):
        return f"{name} is about your own e-mail address: somebody else must decide it"
    if isinstance(refusal, ReasonRequired):
        return f"{name} was not rejected: say why, or choose one of the usual reasons"
    return f"{name} was left as it is: {str(refusal).rstrip('.')}"


def to_case(review: Review) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:credits_review_change", args=[review.pk]))


def _go_on(request: HttpRequest) -> HttpResponse:
    return _take_next(request) if request.POST.get("then") == "next" else HttpResponseRedirect(reverse(QUEUE))


def _take_next(request: HttpRequest) -> HttpResponse:
    review = claim_next(by=_user(request), at=timezone.now())
    if review is None:
        messages.info(request, "No case is waiting: the queue is empty, or others are working on all of it.")
        return HttpResponseRedirect(reverse(QUEUE))
    return to_case(review)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # admin_view lets nobody else in
    return request.user
