"""An earn-out by hand, a batch at a time, for whoever shows how far it has come and goes on from there."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from payouts.errors import PayoutError
from payouts.models import PayoutMethod
from payouts.services.candidates import PAYABLE, payable_people
from payouts.services.requests import request_payouts

BATCH = 500


class Step(NamedTuple):
    """A batch: the id of the last person looked at, how many were looked at, and how many payouts were requested."""

    last: int
    people: int
    payouts: int


def count_payable(method: PayoutMethod) -> int:
    """How many people a run of this method looks at."""
    return sum(len(people) for people in payable_people(method))


@transaction.atomic
def pay_next(method: PayoutMethod, *, after: int, actor: str, at: datetime, batch: int = BATCH) -> Step | None:
    """Request payouts for the next people after that id who may have one; None when nobody is left.

    Doing a batch twice does no harm: whoever has a payout under way gets no other. Raises PayoutError for a method that
    is switched off, or whose program or tenant is.
    """
    check_runnable(method)
    people = _payable_after(method, after, batch)
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


def _payable_after(method: PayoutMethod, after: int, batch: int) -> list[int]:
    named: dict[str, Any] = {"tenant": method.tenant_id, "currency": method.currency, "program": method.program_id}
    with connection.cursor() as cursor:
        cursor.execute(PAYABLE, {**named, "after": after, "limit": batch})
        return [person for (person,) in cursor.fetchall()]
