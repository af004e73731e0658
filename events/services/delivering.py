"""Calling endpoints: claim under a lease, call outside any transaction, record behind a fence.

A worker that dies in between leaves the lease to run out, and the message is sent again under the same id. One that
comes back too late finds the fence moved on and records nothing.
"""

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import connection, transaction

from events.errors import EventError
from events.gateway import Reply, post
from events.models import Delivery
from events.services.formats import Format, find_format
from events.services.lines import postpone_waiting
from events.services.outcomes import Outcome, drop, record_outcome

LEASE = timedelta(seconds=60)  # four times what a call may take
IN_FLIGHT = 4  # of one endpoint: a slow one cannot starve the others
WORKERS = 16
log = structlog.get_logger(__name__)

# Which deliveries come next: the oldest of each endpoint that has a call free, and of each subject only the very first
# (NULL, of a test, equals nothing). Claimed rows have a lease that runs.
FIND_DUE = """
SELECT due.id
FROM events_webhookendpoint e
JOIN tenants_tenant t ON t.id = e.tenant_id AND t.is_active
CROSS JOIN LATERAL (
    SELECT d.id, d.next_attempt_at FROM events_delivery d
    WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.next_attempt_at <= %(at)s::timestamptz
      AND (d.leased_until IS NULL OR d.leased_until <= %(at)s::timestamptz)
      AND NOT EXISTS (
        SELECT FROM events_delivery f
        WHERE f.endpoint_id = d.endpoint_id AND f.subject = d.subject AND f.status = 'pending' AND f.id < d.id
      )
    ORDER BY d.next_attempt_at, d.id
    LIMIT greatest(0, %(in_flight)s::int - (
        SELECT count(*) FROM events_delivery b
        WHERE b.endpoint_id = e.id AND b.status = 'pending' AND b.leased_until > %(at)s::timestamptz
    ))
) due
WHERE e.disabled_at IS NULL
ORDER BY due.next_attempt_at, due.id
LIMIT %(limit)s::int
"""


class Call(NamedTuple):
    """What a thread needs to know: nothing of the database."""

    url: str
    body: bytes
    headers: dict[str, str]
    allow_private: bool


def deliver_due(*, at: datetime, seconds: float = 45.0) -> int:
    """Deliver what is due, sixteen calls at a time and four to one endpoint; return how many calls were made.

    Messages to one endpoint about one subject go one after another, each once the one before it has arrived or is given
    up. Any number of workers may do so at once. Takes no new work after the given seconds.
    """
    started = time.monotonic()
    postpone_waiting(at=at)
    calls = 0
    running: dict[Future[Outcome], Delivery] = {}
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="webhook") as pool:
        while True:
            now = at + timedelta(seconds=time.monotonic() - started)
            room = WORKERS - len(running) if time.monotonic() - started < seconds else 0
            claimed = _claim(now, limit=room) if room else []
            for delivery, call in _calls(claimed, now):
                running[pool.submit(_make, call, now)] = delivery
            if not running and not claimed:
                return calls
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                record_outcome(running.pop(future), future.result())
                calls += 1


def _calls(claimed: list[Delivery], at: datetime) -> Iterator[tuple[Delivery, Call]]:
    """Claimed deliveries with what to send; one that has nothing to say is done with here."""
    for delivery in claimed:
        spoken = find_format(delivery.endpoint.format)
        try:
            call = _compose(delivery, spoken, at) if spoken else None
        except Exception as error:  # whatever is wrong with one message must not hold up the others
            log.exception("webhook_not_composed", delivery=str(delivery.uid))
            record_outcome(delivery, Outcome(at, 0, None, f"not composed: {type(error).__name__}"))
            continue
        if call is None:
            drop(delivery, at=at)
        else:
            yield delivery, call


@transaction.atomic
def _claim(at: datetime, *, limit: int) -> list[Delivery]:
    with connection.cursor() as cursor:
        cursor.execute(FIND_DUE, {"at": at, "in_flight": IN_FLIGHT, "limit": limit})
        found = [row[0] for row in cursor.fetchall()]
    due = Delivery.objects.due(at).filter(pk__in=found).order_by("next_attempt_at", "id")
    claimed = list(due.select_related("endpoint__tenant", "event").select_for_update(skip_locked=True, of=("self",)))
    for delivery in claimed:
        delivery.leased_until, delivery.fence = at + LEASE, delivery.fence + 1
        delivery.save(update_fields=["leased_until", "fence"])
    return claimed


def _compose(delivery: Delivery, spoken: Format, at: datetime) -> Call | None:
    """The body of the first attempt is that of all of them; the signature is of this one."""
    if not delivery.body:
        delivery.body = spoken.compose(delivery) or ""
        Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence).update(body=delivery.body)
    if not delivery.body:
        return None
    body = delivery.body.encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Vouch", "Webhook-Id": str(delivery.uid)}
    headers |= spoken.sign(delivery, body, at)
    return Call(delivery.endpoint.url, body, headers, settings.ALLOW_PRIVATE_WEBHOOKS)


def _make(call: Call, at: datetime) -> Outcome:
    """Runs in a thread of its own."""
    started = time.monotonic()
    reply: Reply | None = None
    error = ""
    try:
        reply = post(call.url, body=call.body, headers=call.headers, allow_private=call.allow_private)
    except EventError as refusal:
        error = str(refusal)
    took = timedelta(seconds=time.monotonic() - started)
    return Outcome(at, int(took.total_seconds() * 1000), reply, error)
