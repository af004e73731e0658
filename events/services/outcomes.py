"""What became of a call, and what follows: done, another attempt, or the end of the endpoint."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from events.gateway import Reply
from events.models import Attempt, Delivery, WebhookEndpoint
from events.services.endpoints import disable, lock_endpoint
from events.services.formats import any_success, back_off, find_format
from events.services.lines import behind, release_waiting

GONE = 410
PATIENCE = timedelta(hours=120)  # with failures only, then an endpoint is switched off
S = Delivery.Status


class Outcome(NamedTuple):
    """When a call began, how long it took, and its reply; else why there was none."""

    started_at: datetime
    milliseconds: int
    reply: Reply | None
    error: str

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(milliseconds=self.milliseconds)


@transaction.atomic
def record_outcome(delivery: Delivery, outcome: Outcome) -> bool:
    """Record a call of a delivery that the caller has claimed; False when somebody else has claimed it since.

    A success ends the delivery. A failure puts it in line again as its format says, or gives it up. An endpoint that
    says 410, or has failed for five days without one success, is switched off.
    """
    endpoint = lock_endpoint(delivery.endpoint_id)
    mine = Delivery.objects.select_for_update().filter(pk=delivery.pk, fence=delivery.fence, status=S.PENDING)
    current = mine.first()
    if endpoint is None or current is None:
        return False
    spoken = find_format(endpoint.format)
    accepts = spoken.succeeds if spoken else any_success
    success = outcome.reply is not None and accepts(outcome.reply.status)
    _log(current, outcome)
    if success:
        _finish(current, S.DELIVERED, at=outcome.ended_at)
    else:
        wait = (spoken.wait if spoken else back_off)(current.attempts)
        _try_later(current, outcome, wait)
    _judge(endpoint, outcome, success=success)
    return True


@transaction.atomic
def drop(delivery: Delivery, *, at: datetime) -> None:
    """End a claimed delivery that has nothing left to tell."""
    mine = Delivery.objects.select_for_update().filter(pk=delivery.pk, fence=delivery.fence, status=S.PENDING).first()
    if mine:
        _finish(mine, S.DROPPED, at=at)


@transaction.atomic
def redeliver(delivery: Delivery, *, at: datetime) -> Delivery:
    """Put a delivery in line again, whatever became of it, under the same id and with what there is to tell now."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    delivery.status, delivery.body, delivery.attempts = S.PENDING, "", 0
    delivery.next_attempt_at, delivery.finished_at = at, None
    delivery.save(update_fields=["status", "body", "attempts", "next_attempt_at", "finished_at"])
    release_waiting(behind(delivery), at=at)
    return delivery


def forget_finished(*, before: datetime, limit: int = 10_000) -> int:
    """Delete finished deliveries with their log; return how many. Events themselves stay."""
    old = Delivery.objects.filter(finished_at__lt=before).order_by("finished_at").values("pk")[:limit]
    return Delivery.objects.filter(pk__in=old).delete()[1].get("events.Delivery", 0)


def _log(delivery: Delivery, outcome: Outcome) -> None:
    reply = outcome.reply
    delivery.attempts += 1
    delivery.leased_until = None
    delivery.last_status = reply.status if reply else None
    delivery.last_error = outcome.error[:200]
    delivery.save(update_fields=["attempts", "leased_until", "last_status", "last_error"])
    Attempt.objects.create(
        delivery=delivery,
        number=delivery.fence,
        started_at=outcome.started_at,
        milliseconds=outcome.milliseconds,
        status_code=reply.status if reply else None,
        error=outcome.error[:200],
        reply=reply.text if reply else "",
    )


def _finish(delivery: Delivery, status: str, *, at: datetime) -> None:
    delivery.status, delivery.finished_at, delivery.body, delivery.leased_until = status, at, "", None
    delivery.save(update_fields=["status", "finished_at", "body", "leased_until"])


def _try_later(delivery: Delivery, outcome: Outcome, wait: timedelta | None) -> None:
    if wait is None:
        _finish(delivery, S.FAILED, at=outcome.ended_at)
        return
    delivery.next_attempt_at = outcome.ended_at + max(wait, _asked_for(outcome, wait))
    delivery.save(update_fields=["next_attempt_at"])


def _asked_for(outcome: Outcome, wait: timedelta) -> timedelta:
    """What `Retry-After` asks, up to twice the delay there would be anyway."""
    asked = (outcome.reply.retry_after if outcome.reply else None) or 0
    return min(timedelta(seconds=asked), 2 * wait)


def _judge(endpoint: WebhookEndpoint, outcome: Outcome, *, success: bool) -> None:
    if success:
        endpoint.failures, endpoint.failing_since = 0, None
    else:
        endpoint.failures += 1
        endpoint.failing_since = endpoint.failing_since or outcome.started_at
    endpoint.save(update_fields=["failures", "failing_since"])
    if outcome.reply and outcome.reply.status == GONE:
        disable(endpoint, at=outcome.ended_at, reason="It answered 410: gone.")
    elif endpoint.failing_since and outcome.ended_at - endpoint.failing_since >= PATIENCE:
        disable(endpoint, at=outcome.ended_at, reason=f"{endpoint.failures} failures in a row over five days.")
