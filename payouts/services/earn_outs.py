"""Earn-outs: everybody who may be paid by a method is, when its turn has come."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from payouts.models import PayoutMethod
from payouts.services.candidates import Candidate, judge_candidates, payable_people
from payouts.services.methods import next_turn
from payouts.services.requests import request_payouts

BATCH = 500


class Progress(NamedTuple):
    """How far an earn-out has come: people looked at, and payouts requested for them."""

    people: int
    payouts: int


def run_earn_outs(*, at: datetime, seconds: float = 60.0) -> int:
    """Run the earn-out of every method whose turn has come; return how many payouts were requested.

    Stops after the given seconds at the latest: a method that is not through stays due, and whoever has a payout under
    way is not looked at twice, so the next sweep goes on from there.
    """
    deadline, total = time.monotonic() + seconds, 0
    for method in PayoutMethod.objects.due(at).select_related("tenant", "program").order_by("position", "pk"):
        for progress in pay_everybody(method, actor="system", at=at):
            total += progress.payouts
            if time.monotonic() > deadline:
                return total
        schedule_next(method, at=at)
    return total


def pay_everybody(method: PayoutMethod, *, actor: str, at: datetime, batch: int = BATCH) -> Iterator[Progress]:
    """Request a payout for everybody who may have one, each batch in a transaction of its own; yields after each."""
    for people in payable_people(method, batch=batch):
        yield Progress(len(people), len(request_payouts(method, people, actor=actor, at=at)))


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
