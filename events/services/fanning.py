"""From events to deliveries: one reader goes through all events in order and puts each in line for who wants to know.

Ids are given out before transactions end, so a lower one may become visible after a higher one. The reader therefore
goes by transaction, and no further than the oldest one still running: nothing below it can appear any more.
"""

import time
from collections import defaultdict

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from events.models import Cursor, Delivery, Event, WebhookEndpoint
from events.services.formats import find_format

READER = "webhooks"
LAST = 2**63 - 1


def fan_out(*, batch: int = 1000, seconds: float = 30.0) -> int:
    """Put what happened in line for the endpoints that want to know; return how many deliveries were made.

    Each batch is a transaction that moves the cursor with it, and only one worker reads at a time. Bounded in time.
    """
    deadline = time.monotonic() + seconds
    made = 0
    while True:
        read, delivered = _read_batch(batch)
        made += delivered
        if read < batch or time.monotonic() > deadline:
            return made


@transaction.atomic
def _read_batch(batch: int) -> tuple[int, int]:
    Cursor.objects.get_or_create(name=READER)
    cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=READER).first()
    if cursor is None:
        return 0, 0  # another worker is at it
    endpoints = list(WebhookEndpoint.objects.listening())
    oldest, current = _transactions()
    if cursor.transaction > current:
        cursor.transaction = cursor.event_id = 0  # a restored database counts transactions anew
    if not endpoints:
        _move(cursor, oldest - 1, LAST)  # nobody listens, so nothing need be read
        return 0, 0
    events = list(_after(cursor).filter(transaction__lt=oldest).order_by("transaction", "id")[:batch])
    listening: dict[int, list[WebhookEndpoint]] = defaultdict(list)
    for endpoint in endpoints:
        listening[endpoint.tenant_id].append(endpoint)
    deliveries = [each for event in events for each in _deliveries_of(event, listening[event.tenant_id])]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    if events:
        _move(cursor, events[-1].transaction, events[-1].pk)
    return len(events), len(deliveries)


def _transactions() -> tuple[int, int]:
    """The oldest transaction still running, and this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id()::text::bigint"
        )
        oldest, current = cursor.fetchone()
    return int(oldest), int(current)


def _after(cursor: Cursor) -> QuerySet[Event]:
    same = Q(transaction=cursor.transaction, id__gt=cursor.event_id)
    return Event.objects.filter(Q(transaction__gt=cursor.transaction) | same, transaction__gte=cursor.transaction)


def _deliveries_of(event: Event, endpoints: list[WebhookEndpoint]) -> list[Delivery]:
    wanted = [
        (endpoint, topic)
        for endpoint in endpoints
        if endpoint.created_at <= event.recorded_at
        for topic in _topics_of(event, endpoint)
    ]
    return [
        Delivery(
            tenant_id=event.tenant_id,
            endpoint=endpoint,
            event=event,
            topic=topic,
            next_attempt_at=event.recorded_at,
            created_at=event.recorded_at,
        )
        for endpoint, topic in wanted
    ]


def _topics_of(event: Event, endpoint: WebhookEndpoint) -> list[str]:
    spoken = find_format(endpoint.format)
    topics = spoken.topics.get(event.kind, ()) if spoken else ()
    return [topic for topic in topics if not endpoint.topics or topic in endpoint.topics]


def _move(cursor: Cursor, transaction: int, event_id: int) -> None:
    if (cursor.transaction, cursor.event_id) < (transaction, event_id):
        cursor.transaction, cursor.event_id = transaction, event_id
        cursor.save(update_fields=["transaction", "event_id"])
