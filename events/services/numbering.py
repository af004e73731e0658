"""Numbering: after it has happened for good, each event gets the next number of its tenant's feed.

Ids are given out before transactions end, so a lower one may become visible after a higher one: no reader could tell
whether it has seen all below. Numbers are given by one reader at a time, to what no running transaction can precede any
more, so that whoever has read up to a number has read everything up to it.
"""

import time

from django.db import connection, transaction

from events.models import Cursor

READER = "feed"

# What is settled after the cursor, a batch of it. Events about one subject are numbered in the order of their ids: they
# were written under its lock. A transaction that began later may have been quicker, so what is visible of the same
# subjects with lower ids is numbered along, before its own turn; its turn then finds it done.
NUMBER = """
WITH settled AS (
    SELECT e.id, e.subject, e.transaction FROM events_event e
    WHERE (e.transaction, e.id) > (%(transaction)s::bigint, %(event)s::bigint)
      AND e.transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY e.transaction, e.id LIMIT %(batch)s::int
),
overtaken AS (
    SELECT e.id FROM (SELECT subject, max(id) AS last FROM settled GROUP BY subject) s
    JOIN events_event e ON e.subject = s.subject AND e.id < s.last
    WHERE e.transaction >= %(transaction)s::bigint
),
chosen AS (
    SELECT e.id, e.tenant_id FROM events_event e
    WHERE e.id IN (SELECT id FROM settled UNION SELECT id FROM overtaken)
      AND NOT EXISTS (SELECT 1 FROM events_feedentry f WHERE f.event_id = e.id)
),
numbered AS (
    INSERT INTO events_feedentry (tenant_id, number, event_id)
    SELECT c.tenant_id,
           coalesce((SELECT max(f.number) FROM events_feedentry f WHERE f.tenant_id = c.tenant_id), 0)
               + row_number() OVER (PARTITION BY c.tenant_id ORDER BY c.id),
           c.id
    FROM chosen c ORDER BY c.id
    RETURNING 1
)
SELECT (SELECT count(*) FROM settled), (SELECT count(*) FROM numbered), last.transaction, last.id
FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT transaction, id FROM settled ORDER BY transaction DESC, id DESC LIMIT 1
) last ON true
"""


def number_events(*, batch: int = 1000, seconds: float = 30.0) -> int:
    """Give a number to all that has happened for good; return how many got one. Bounded in time.

    Any number of workers may ask: one reads, and the others leave it to that one.
    """
    deadline = time.monotonic() + seconds
    total = 0
    while True:
        read, numbered = _number_batch(batch)
        total += numbered
        if read < batch or time.monotonic() > deadline:
            return total


@transaction.atomic
def _number_batch(batch: int) -> tuple[int, int]:
    Cursor.objects.get_or_create(name=READER)
    cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name=READER).first()
    if cursor is None:
        return 0, 0  # another worker is at it
    with connection.cursor() as database:
        database.execute("SELECT pg_current_xact_id()::text::bigint")
        if cursor.transaction > database.fetchone()[0]:
            cursor.transaction = cursor.position = 0  # a restored database counts transactions anew
        database.execute(NUMBER, {"transaction": cursor.transaction, "event": cursor.position, "batch": batch})
        read, numbered, last_transaction, last_event = database.fetchone()
    if read:
        cursor.transaction, cursor.position = last_transaction, last_event
        cursor.save(update_fields=["transaction", "position"])
    return read, numbered
