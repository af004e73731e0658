"""Deciding several cases at once: first a page that says what will happen, then each case in its own transaction."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from credits.admin.case import RELATED
from credits.admin.desk import explain, given_reason
from credits.admin.wording import USUAL_REASONS, age, holder, time_left
from credits.errors import CreditError
from credits.models import Review
from credits.models.money import display as money
from credits.services.review import approve, reject, staff
from referrals.admin.wording import actor_name, risk_name

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Verdict:
    action: str
    verb: str
    done: str
    needs_reason: bool
    decide: Callable[[Review, User, datetime, str], Review]


def _approve(review: Review, user: User, at: datetime, reason: str) -> Review:
    return approve(review, actor=staff(user), by=user, at=at, note=reason)


def _reject(review: Review, user: User, at: datetime, reason: str) -> Review:
    return reject(review, actor=staff(user), by=user, at=at, reason=reason)


APPROVE = Verdict("approve_selected", "Approve", "approved", needs_reason=False, decide=_approve)
REJECT = Verdict("reject_selected", "Reject", "rejected", needs_reason=True, decide=_reject)


def decide_selected(model_admin: Any, request: HttpRequest, verdict: Verdict) -> HttpResponse | None:
    """The admin action: the confirmation page, or with `apply` the decisions and then the list again.

    The cases are those that were ticked, not what the list shows now: a case decided meanwhile must be named, not lost.
    """
    picked = [int(pk) for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if pk.isdecimal()]
    if request.POST.get("select_across") == "1" or len(picked) > MOST_AT_ONCE:
        messages.error(request, f"Decide at most {MOST_AT_ONCE} cases at once: each deserves a look.")
        return None
    rows = Review.objects.select_related(*RELATED).filter(pk__in=picked)
    reviews = list(rows.order_by("-amount_at_risk", "deadline", "id"))
    reason = given_reason(request)
    if "apply" not in request.POST or (verdict.needs_reason and not reason):
        return _ask(model_admin, request, verdict, reviews)
    _carry_out(request, verdict, reviews, reason)
    return HttpResponseRedirect(request.get_full_path())


def _carry_out(request: HttpRequest, verdict: Verdict, reviews: list[Review], reason: str) -> None:
    assert isinstance(request.user, User)
    done, skipped = 0, []
    for review in reviews:
        try:
            verdict.decide(review, request.user, timezone.now(), reason)
            done += 1
        except CreditError as refusal:
            skipped.append(explain(refusal, review))
    messages.success(request, f"{done} {'case' if done == 1 else 'cases'} {verdict.done}.")
    if skipped:
        messages.warning(request, f"{len(skipped)} skipped. {'; '.join(skipped)}.")


def _ask(model_admin: Any, request: HttpRequest, verdict: Verdict, reviews: list[Review]) -> HttpResponse:
    now = timezone.now()
    rows = [_row(review, request.user, now) for review in reviews]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{verdict.verb} {len(reviews)} {'case' if len(reviews) == 1 else 'cases'}",
        "opts": model_admin.opts,
        "verdict": verdict,
        "rows": rows,
        "acting_on": sum(not row["obstacle"] for row in rows),
        "totals": _total([row["review"] for row in rows if not row["obstacle"]]),
        "usual_reasons": USUAL_REASONS,
        "missing_reason": "apply" in request.POST,
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "credits/bulk_confirmation.html", context)


def _row(review: Review, user: Any, now: datetime) -> dict[str, Any]:
    return {
        "review": review,
        "amount": money(review.amount_at_risk, review.currency),
        "reasons": [risk_name(code) for code in review.reasons],
        "age": age(review, now=now),
        "urgency": time_left(review, now=now),
        "obstacle": _obstacle(review, user, now),
    }


def _obstacle(review: Review, user: Any, now: datetime) -> str:
    """What would make a case be skipped, as far as can be said beforehand."""
    if review.status != Review.Status.OPEN:
        return f"already {review.status}, by {actor_name(review.decided_by)}"
    held_by = holder(review, now=now)
    return f"claimed by {held_by}" if held_by and review.claimed_by_id != user.pk else ""


def _total(reviews: list[Review]) -> list[str]:
    """The money at risk per currency: amounts of two currencies are never added."""
    sums: dict[str, int] = defaultdict(int)
    for review in reviews:
        sums[review.currency] += review.amount_at_risk
    return [money(amount, currency) for currency, amount in sorted(sums.items())]
