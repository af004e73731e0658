"""From events to deliveries: one reader goes through the feeds in order and puts each event in line for who wants to
know.
"""

import time
from collections import defaultdict

from django.db import transaction
from django.db.models import Max

from events.models import Cursor, Delivery, Event, FeedEntry, WebhookEndpoint
from events.services.formats import find_format
from events.services.numbering import number_events

READER = "webhooks"


def fan_out(*, batch: int = 1000, seconds: float = 30.0) -> int:
    """Put what happened in line for the endpoints that want to know; return how many deliveries were made.

    Each batch is a transaction that moves the cursor with it, and only one worker reads at a time. Bounded in time.
    """
    deadline = time.monotonic() + seconds
    number_events(batch=batch, seconds=seconds / 2)
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
    endpoints = list(WebhookEndpoint.objects.listening().prefetch_related("subscriptions"))
    if not endpoints:
        _move(cursor, FeedEntry.objects.aggregate(last=Max("pk"))["last"])  # nobody listens: nothing need be read
        return 0, 0
    entries = list(FeedEntry.objects.filter(pk__gt=cursor.position).select_related("event").order_by("pk")[:batch])
    listening: dict[int, list[WebhookEndpoint]] = defaultdict(list)
    for endpoint in endpoints:
        listening[endpoint.tenant_id].append(endpoint)
    events = [entry.event for entry in entries]
    deliveries = [each for event in events for each in _deliveries_of(event, listening[event.tenant_id])]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    _move(cursor, entries[-1].pk if entries else None)
    return len(events), len(deliveries)


def _deliveries_of(event: Event, endpoints: list[WebhookEndpoint]) -> list[Delivery]:
    wanted = [(endpoint, topic) for endpoint in endpoints for topic in topics_of(event, endpoint)]
    return [
        Delivery(
            tenant_id=event.tenant_id,
            endpoint=endpoint,
            event=event,
            subject=event.subject,
            topic=topic,
            next_attempt_at=event.recorded_at,
            created_at=event.recorded_at,
        )
        for endpoint, topic in wanted
    ]


def topics_of(event: Event, endpoint: WebhookEndpoint) -> list[str]:
    """The words under which an endpoint is told of an event: none for what it did not ask for."""
    spoken = find_format(endpoint.format)
    topics = spoken.topics.get(event.kind, ()) if spoken else ()
    wanted = endpoint.subscriptions.all()
    return [topic for topic in topics if any(each.covers(topic, at=event.recorded_at) for each in wanted)]


def _move(cursor: Cursor, position: int | None) -> None:
    if position is not None and position > cursor.position:
        cursor.position = position
        cursor.save(update_fields=["position"])
