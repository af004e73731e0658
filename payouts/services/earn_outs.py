"""Earn-outs: everybody who may be paid by a method is, when its turn has come."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from payouts.errors import PayoutError
from payouts.models import PayoutMethod
from payouts.services.candidates import Candidate, judge_candidates, next_payable, payable_people
from payouts.services.methods import next_turn
from payouts.services.requests import request_payouts

BATCH = 500


class Step(NamedTuple):
    """A batch: the id of the last person looked at, how many were looked at, and how many payouts were requested."""

    last: int
    people: int
    payouts: int


def run_earn_outs(*, at: datetime, seconds: float = 60.0) -> int:
    """Run the earn-out of every method whose turn has come; return how many payouts were requested.

    Stops after the given seconds at the latest: a method that is not through stays due, and whoever has a payout under
    way is not looked at twice, so the next sweep goes on from there.
    """
    deadline, total = time.monotonic() + seconds, 0
    for method in PayoutMethod.objects.due(at).select_related("tenant", "program").order_by("position", "pk"):
        for step in pay_everybody(method, actor="system", at=at):
            total += step.payouts
            if time.monotonic() > deadline:
                return total
        schedule_next(method, at=at)
    return total


def pay_everybody(method: PayoutMethod, *, actor: str, at: datetime) -> Iterator[Step]:
    """Request a payout for everybody who may have one, each batch in a transaction of its own; yields after each."""
    step = pay_next(method, after=0, actor=actor, at=at)
    while step:
        yield step
        step = pay_next(method, after=step.last, actor=actor, at=at)


def pay_next(method: PayoutMethod, *, after: int, actor: str, at: datetime, batch: int = BATCH) -> Step | None:
    """Request payouts for the next people after that id who may have one; None when nobody is left.

    Doing a batch twice does no harm: whoever has a payout under way gets no other. Raises PayoutError for a method that
    is switched off, or whose program or tenant is.
    """
    check_runnable(method)
    people = next_payable(method, after=after, limit=batch)
    if not people:
        return None
    return Step(people[-1], len(people), len(request_payouts(method, people, actor=actor, at=at)))


def check_runnable(method: PayoutMethod) -> None:
    """Raises PayoutError for a method that is switched off, or whose program or tenant is."""
    if not method.is_active:
        raise PayoutError("This method is switched off.")
    if not method.program.is_active:
        raise PayoutError("The program of this method is paused.")
    if not method.tenant.is_active:
        raise PayoutError("The tenant of this method is switched off.")


def preview(method: PayoutMethod, *, at: datetime) -> Iterator[Candidate]:
    """Who would get what now, held for which reasons, and why the others nothing. Changes nothing."""
    for people in payable_people(method, batch=BATCH):
        yield from judge_candidates(method, people, at=at)


@transaction.atomic
def schedule_next(method: PayoutMethod, *, at: datetime) -> None:
    """A method's earn-out is done: it is due again at the next turn of its schedule."""
    method = PayoutMethod.objects.select_for_update().get(pk=method.pk)
    method.next_run_at = next_turn(method.schedule, after=at)
    method.save(update_fields=["next_run_at"])
