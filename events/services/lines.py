"""Messages that wait behind an earlier one about the same subject: they need not be looked at before it is due.

Who is first in line is asked at every claim, so nothing here decides the order. It spares the claims from wading
through what piles up behind the failures of a broken endpoint.
"""

from datetime import datetime

from django.db import connection, transaction

from events.models import Delivery
from events.models.webhook import DeliveryQuerySet

POSTPONE = """
UPDATE events_delivery d SET next_attempt_at = behind.until
FROM (
    SELECT w.id, ahead.next_attempt_at AS until
    FROM events_webhookendpoint e
    JOIN events_delivery w ON w.endpoint_id = e.id AND w.status = 'pending' AND w.next_attempt_at <= %(at)s::timestamptz
    CROSS JOIN LATERAL (
        SELECT f.next_attempt_at FROM events_delivery f
        WHERE f.endpoint_id = w.endpoint_id AND f.subject = w.subject AND f.status = 'pending' AND f.id < w.id
        ORDER BY f.id
        LIMIT 1
    ) ahead
    WHERE e.disabled_at IS NULL AND ahead.next_attempt_at > %(at)s::timestamptz
    LIMIT %(limit)s::int
    FOR UPDATE OF w SKIP LOCKED
) behind
WHERE d.id = behind.id
"""


@transaction.atomic
def postpone_waiting(*, at: datetime, limit: int = 10_000) -> int:
    """Let what is due, but waits for a message that is not, be due with that one; return how many these were."""
    with connection.cursor() as cursor:
        cursor.execute(POSTPONE, {"at": at, "limit": limit})
        return int(cursor.rowcount)


def release_waiting(deliveries: DeliveryQuerySet, *, at: datetime) -> None:
    """Let go on what was only postponed, since the message it waited for is due, or out of the way."""
    deliveries.pending().filter(attempts=0, next_attempt_at__gt=at).update(next_attempt_at=at)


def behind(delivery: Delivery) -> DeliveryQuerySet:
    """Later messages to the same endpoint about the same subject."""
    return Delivery.objects.filter(endpoint=delivery.endpoint_id, subject=delivery.subject, pk__gt=delivery.pk)
