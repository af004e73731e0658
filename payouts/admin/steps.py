"""What people may do about a payout, in which states, and what stands against it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import User

from credits.models.money import display as money
from credits.services.review import staff
from payouts.errors import REFUSALS, PayoutError
from payouts.models import Payout, PayoutMethod
from payouts.services.candidates import judge_candidates
from payouts.services.release import mark_failed, mark_paid, release_payout, retry_payout
from payouts.services.settlement import cancel_payout

P = Payout.Status
Take = Callable[[Payout, str, datetime, str], Payout]


@dataclass(frozen=True)
class Step:
    """`field` labels what is to be said with it; `take` gets the payout, the actor, the instant and what was said."""

    name: str
    label: str
    icon: str
    style: str
    statuses: tuple[str, ...]
    effect: str
    done: str
    take: Take
    by_hand_only: bool = False
    field: str = ""
    is_optional: bool = False

    def fits(self, payout: Payout) -> bool:
        by_hand = payout.method.kind == PayoutMethod.Kind.MANUAL
        return payout.status in self.statuses and (by_hand or not self.by_hand_only)


class Way(NamedTuple):
    """A method by which a failed payout can be tried again, with what it would pay, or why it would not."""

    method: PayoutMethod
    amount: str
    refusal: str


def _release(payout: Payout, actor: str, at: datetime, _said: str) -> Payout:
    return release_payout(payout, actor=actor, at=at)


def _retry(payout: Payout, actor: str, at: datetime, said: str) -> Payout:
    """Said is the public id of the method to try it by."""
    method = next((each for each in methods_for(payout) if str(each.uid) == said), None)
    if method is None:
        raise PayoutError("Choose a method to pay it by.")
    return retry_payout(payout, actor=actor, at=at, method=method)


def _cancel(payout: Payout, actor: str, at: datetime, said: str) -> Payout:
    return cancel_payout(payout, actor=actor, at=at, reason=said)


def _paid(payout: Payout, actor: str, at: datetime, said: str) -> Payout:
    return mark_paid(payout, actor=actor, reference=said, at=at)


def _failed(payout: Payout, actor: str, at: datetime, said: str) -> Payout:
    return mark_failed(payout, actor=actor, error=said, at=at)


STEPS = (
    Step(
        *("release", "Release", "lock_open", "approve", (P.HELD,)),
        effect="It goes out as it is. Only a reason that is new holds it again.",
        done="released",
        take=_release,
    ),
    Step(
        *("paid", "Mark as paid", "task_alt", "approve", (P.PENDING,)),
        effect="What was set aside counts as paid out, and its rewards as issued. This cannot be taken back.",
        done="marked as paid",
        take=_paid,
        by_hand_only=True,
        field="Reference by which the payment can be found",
    ),
    Step(
        *("failed", "Mark as failed", "error", "", (P.PENDING,)),
        effect="What was set aside is available again, and the next payout takes it along.",
        done="marked as failed",
        take=_failed,
        by_hand_only=True,
        field="What went wrong",
    ),
    Step(
        *("retry", "Try again", "replay", "primary", (P.FAILED,)),
        effect="A new payout is requested of all that is available to the person. This one stays as it is.",
        done="requested again",
        take=_retry,
    ),
    Step(
        *("cancel", "Cancel", "cancel", "", (P.HELD, P.PENDING)),
        effect="What was set aside is available again, and the next payout takes it along.",
        done="cancelled",
        take=_cancel,
        field="Why",
        is_optional=True,
    ),
)


def steps_for(payout: Payout, user: User, *, now: datetime) -> list[tuple[Step, str]]:
    """The steps that a payout's state allows, each with what stands against it for this user."""
    return [(step, obstacle(step, payout, user, now=now)) for step in STEPS if step.fits(payout)]


def obstacle(step: Step, payout: Payout, user: User, *, now: datetime) -> str:
    """Why a step would be refused, as far as can be said beforehand; empty where nothing is against it."""
    if not step.fits(payout):
        return f"A {payout.get_status_display().lower()} payout does not allow this."
    if step.name == "release" and payout.requested_by == staff(user):
        return "You requested this payout yourself: somebody else must release it."
    if step.name == "retry":
        ways = ways_for(payout, now=now)
        if all(way.refusal for way in ways):
            return ways[0].refusal if ways else "The program has no active method for this currency."
    return ""


def methods_for(payout: Payout) -> list[PayoutMethod]:
    """By what a failed payout can be tried again: the same method first."""
    methods = PayoutMethod.objects.filter(program=payout.method.program_id, currency=payout.currency, is_active=True)
    return sorted(methods, key=lambda method: method.pk != payout.method_id)


def ways_for(payout: Payout, *, now: datetime) -> list[Way]:
    return [_way(payout, method, now=now) for method in methods_for(payout)]


def _way(payout: Payout, method: PayoutMethod, *, now: datetime) -> Way:
    found = judge_candidates(method, [payout.person_id], at=now, is_chosen=True)[0]
    return Way(method, money(found.amount, payout.currency), REFUSALS.get(found.refusal, found.refusal))
