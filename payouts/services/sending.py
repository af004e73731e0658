"""Having Stripe carry out a payout: the attempt is written before Stripe is asked, and Stripe is asked outside of any
transaction, so that a crash anywhere leaves either nothing or an attempt to look up.
"""

import time
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction

from events.services.events import record_event
from payouts import gateway
from payouts.models import Payout, PayoutAttempt, PayoutMethod
from payouts.services.candidates import judge_candidates
from payouts.services.settlement import (
    cancel_payout,
    fail_payout,
    lock_payout,
    move_payout,
    update_payout,
)
from referrals.models import Person

log = structlog.get_logger(__name__)
P, Hold, Outcome, Kind = Payout.Status, Payout.Hold, PayoutAttempt.Outcome, PayoutMethod.Kind

SEND = {Kind.STRIPE_TRANSFER: gateway.send_transfer, Kind.STRIPE_BALANCE: gateway.credit_customer}
FIND = {Kind.STRIPE_TRANSFER: gateway.find_transfer, Kind.STRIPE_BALANCE: gateway.find_credit}

KEY_LIVES = timedelta(hours=20)  # Stripe keeps a key for 24 hours at least; afterwards it would be a new request
QUIET = timedelta(hours=1)  # how long nothing must have been sent before another key is used
FIRST_LOOK, LAST_LOOK = timedelta(minutes=2), timedelta(hours=1)


class Errand(NamedTuple):
    """What to ask Stripe about a payout."""

    payout: Payout
    attempt: PayoutAttempt
    is_first: bool


def send_due(*, at: datetime, limit: int = 200, seconds: float = 60.0) -> int:
    """Send what is to be sent and ask about what had no clear answer; return how many. Any number may run at once.

    Stops after the given seconds at the latest: the instant must not grow old while Stripe is slow.
    """
    deadline = time.monotonic() + seconds
    due = Payout.objects.to_send(at).order_by("next_attempt_at", "pk").values_list("pk", flat=True)
    return sum(send_payout(pk, at=at) for pk in list(due[:limit]) if time.monotonic() < deadline)


def send_payout(payout_id: int, *, at: datetime) -> bool:
    """Take one payout a step further; False where there is nothing to do, or another worker has it in hand."""
    errand = _begin(payout_id, at=at)
    if errand is None:
        return False
    try:
        found = _ask(errand, at=at)
    except gateway.Unclear as unclear:
        _put_off(errand, unclear, at=at)
    except gateway.Refused as refused:
        _accept_refusal(errand, refused, at=at)
    else:
        _accept(errand, found, at=at)
    return True


@transaction.atomic
def _begin(payout_id: int, *, at: datetime) -> Errand | None:
    """Look at a payout again under its lock, and write down that Stripe is about to be asked."""
    free = Payout.objects.to_send(at).select_for_update(skip_locked=True, of=("self",)).filter(pk=payout_id)
    payout = free.select_related("tenant", "method__program", "person").first()
    if payout is None:
        return None
    if payout.status == P.PROCESSING:
        return _begin_again(payout, at=at)
    return _begin_new(payout, at=at) if _may_be_sent(payout, at=at) else None


def _begin_new(payout: Payout, *, at: datetime) -> Errand:
    number = payout.attempts.count() + 1
    key = f"payout-{payout.uid}-{number}"
    attempt = PayoutAttempt.objects.create(payout=payout, number=number, key=key, started_at=at, last_sent_at=at)
    move_payout(payout, P.PROCESSING, at=at, sent_at=at, next_attempt_at=at + FIRST_LOOK)
    return Errand(payout, attempt, is_first=True)


def _begin_again(payout: Payout, *, at: datetime) -> Errand:
    """Nobody knows what became of the last call. Each further look is put further off."""
    attempt = payout.attempts.get(outcome=Outcome.UNKNOWN)
    attempt.calls += 1
    attempt.save(update_fields=["calls"])
    wait = min(FIRST_LOOK * 2 ** min(attempt.calls, 10), LAST_LOOK)
    update_payout(payout, at=at, next_attempt_at=at + wait)
    return Errand(payout, attempt, is_first=False)


def _may_be_sent(payout: Payout, *, at: datetime) -> bool:
    """Whether all still holds that held when it was requested. What does not calls it off, puts it off, or holds it."""
    person = Person.objects.select_for_update(no_key=True).get(pk=payout.person_id)
    candidate = judge_candidates(payout.method, [person.pk], at=at)[0]
    accepted = {Hold.AMOUNT, *(payout.holds if payout.released_by else [])}
    fresh = sorted(set(candidate.holds) - accepted)
    if candidate.amount < 0:
        cancel_payout(payout, actor="system", at=at, reason="The person owes by now: the next payout is what is left.")
    elif person.blocked_at or not (payout.method.program.is_active and payout.tenant.is_active):
        update_payout(
            payout, at=at, next_attempt_at=at + LAST_LOOK, error="The person is blocked or the program paused."
        )
    elif fresh:
        fields = {"holds": sorted({*payout.holds, *fresh}), "held_until": candidate.held_until}
        move_payout(payout, P.HELD, at=at, released_by="", released_at=None, **fields)
    else:
        return True
    return False


def _ask(errand: Errand, *, at: datetime) -> gateway.Found | None:
    """What Stripe has for this payout; None where it has nothing and this attempt can come to nothing any more.

    After a call without a clear answer Stripe is searched first. What it does not have is asked for again under the
    same key, which does it once whatever became of the first call. A key that Stripe may have forgotten, or answers
    with a stored error, is given up after an hour of quiet.
    """
    payout, attempt = errand.payout, errand.attempt
    where = {"destination": payout.destination, "group": str(payout.uid)}
    if not errand.is_first:
        found = _look(payout)
        if found:
            return found
        if attempt.is_stored or at - attempt.started_at >= KEY_LIVES:
            _check_quiet(attempt, at=at)
            return None
        PayoutAttempt.objects.filter(pk=attempt.pk).update(last_sent_at=at)
    what = {"currency": payout.currency, "key": attempt.key}
    return SEND[Kind(payout.method.kind)](payout.tenant, amount=payout.amount, **where, **what)


def _look(payout: Payout) -> gateway.Found | None:
    """A refusal to tell is no answer: the money may have left all the same."""
    where = {"destination": payout.destination, "group": str(payout.uid)}
    try:
        return FIND[Kind(payout.method.kind)](payout.tenant, **where)
    except gateway.Refused as refused:
        raise gateway.Unclear(str(refused)) from refused


def _check_quiet(attempt: PayoutAttempt, *, at: datetime) -> None:
    if at - attempt.last_sent_at < QUIET:
        raise gateway.Unclear("Stripe has nothing of it yet; its last call may still be under way.")


@transaction.atomic
def _accept(errand: Errand, found: gateway.Found | None, *, at: datetime) -> None:
    """Stripe has it: it is confirmed next. Or Stripe has nothing, and the next sweep makes a new attempt."""
    payout = lock_payout(errand.payout.pk)
    outcome = Outcome.ACCEPTED if found else Outcome.ABANDONED
    _close_attempt(errand.attempt, outcome, stripe_id=found.stripe_id if found else "")
    if payout.status != P.PROCESSING:  # an event told of it while we waited for the answer
        return
    if found is None:
        move_payout(payout, P.PENDING, at=at, next_attempt_at=at)
        return
    update_payout(payout, at=at, stripe_id=found.stripe_id, next_attempt_at=at, error="")
    told = {"stripe_id": found.stripe_id, "attempt": errand.attempt.number}
    record_event(payout.tenant, "payout.sent", subject=payout.uid, at=at, **told)


@transaction.atomic
def _accept_refusal(errand: Errand, refused: gateway.Refused, *, at: datetime) -> None:
    payout = lock_payout(errand.payout.pk)
    _close_attempt(errand.attempt, Outcome.REFUSED, error=str(refused)[:1000])
    if payout.status != P.PROCESSING:
        return
    if refused.is_temporary:
        move_payout(payout, P.PENDING, at=at, next_attempt_at=at + LAST_LOOK, error=str(refused)[:1000])
    else:
        fail_payout(payout, error=str(refused), at=at)


@transaction.atomic
def _put_off(errand: Errand, unclear: gateway.Unclear, *, at: datetime) -> None:
    """No clear answer: the attempt stays open, and the next look at it is due already."""
    log.warning("payout_unclear", payout=str(errand.payout.uid), error=str(unclear))
    payout = lock_payout(errand.payout.pk)
    is_stored = errand.attempt.is_stored or unclear.is_stored
    PayoutAttempt.objects.filter(pk=errand.attempt.pk).update(error=str(unclear)[:1000], is_stored=is_stored)
    if payout.status == P.PROCESSING:
        update_payout(payout, at=at, error=str(unclear)[:1000])


def _close_attempt(attempt: PayoutAttempt, outcome: str, **fields: str) -> None:
    PayoutAttempt.objects.filter(pk=attempt.pk).update(outcome=outcome, **fields)
