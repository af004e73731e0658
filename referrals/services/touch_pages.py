"""Pages of touches, the latest first, at any depth: a page's place is found by the counts, not by walking there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from referrals.models import Attribution, TouchCount
from referrals.services.touch_counts import FIRST, LAST, Touches, count_since, span_of

SHALLOW = 1000  # as far, walking is quicker than looking the place up

# The order holds within an owner, be it the tenant or a code, so that each gives its own first rows from an index.
ROWS = """
SELECT touch.id FROM unnest(%(owners)s::bigint[]) owner CROSS JOIN LATERAL (
    SELECT id, occurred_at FROM referrals_attribution
    WHERE {column} = owner AND deleted_at IS NULL {narrowed}
      AND occurred_at >= %(since)s::timestamptz AND occurred_at < {below}
    ORDER BY occurred_at DESC, id DESC LIMIT {skip} + %(limit)s::bigint
) touch
ORDER BY touch.occurred_at DESC, touch.id DESC OFFSET {skip} LIMIT %(limit)s::bigint
"""

# The span that holds the row at a position: where it ends, and how many rows come before it.
PLACE = """
WITH place AS MATERIALIZED (
    SELECT starts_at + %(length)s::interval AS below, %(position)s::bigint - before AS skip FROM (
        SELECT starts_at, sum(n) AS n, sum(sum(n)) OVER (ORDER BY starts_at DESC) - sum(n) AS before
        FROM referrals_touches_counted
        WHERE tenant_id = %(tenant)s::bigint AND code_id = ANY(%(codes)s::bigint[]) AND span = %(span)s::text
          AND %(status)s::text IN ('', status) AND starts_at < %(upper)s::timestamptz
        GROUP BY starts_at
    ) spans
    WHERE before <= %(position)s::bigint AND %(position)s::bigint < before + n LIMIT 1
)
"""
NARROWED = {
    "": "",
    Attribution.Status.PENDING: "AND status = 'pending'",
    Attribution.Status.CONFIRMED: "AND status = 'confirmed'",
}
LENGTHS: dict[str, timedelta] = {TouchCount.Span.HOUR: timedelta(hours=1), TouchCount.Span.DAY: timedelta(days=1)}


def page_of_touches(touches: Touches, *, offset: int, limit: int) -> list[Attribution]:
    """The touches from a position on, by `occurred_at` from the latest, with their code, mentor and new member."""
    ids = _walk(touches, offset=offset, limit=limit) if offset <= SHALLOW else _seek(touches, offset, limit)
    rows = Attribution.objects.filter(pk__in=ids).select_related("code", "member__person", "new_member")
    found = {touch.pk: touch for touch in rows}
    return [found[pk] for pk in ids if pk in found]


def _walk(touches: Touches, *, offset: int, limit: int) -> list[int]:
    statement = _rows(touches, below="%(until)s::timestamptz", skip="%(offset)s::bigint")
    return _ids(statement, touches, offset=offset, limit=limit, until=touches.until or LAST)


def _seek(touches: Touches, offset: int, limit: int) -> list[int]:
    """As `_walk`, from the start of the span that the position lies in."""
    upper, position = LAST, offset
    if touches.until:
        edge = span_of(touches.until, touches.span)
        upper, position = edge.isoformat(), offset - count_since(touches, max(edge, touches.since or edge))
    if position < 0:
        return _walk(touches, offset=offset, limit=limit)
    rows = _rows(touches, below="(SELECT below FROM place)", skip="(SELECT skip FROM place)")
    place = {"position": position, "upper": upper, "span": touches.span, "length": LENGTHS[touches.span]}
    counted = {"tenant": touches.tenant_id, "codes": touches.counted_as, "status": touches.status}
    return _ids(PLACE + rows, touches, limit=limit, **place, **counted)


def _rows(touches: Touches, *, below: str, skip: str) -> str:
    column = "tenant_id" if touches.code_ids is None else "code_id"
    return ROWS.format(column=column, narrowed=NARROWED[touches.status], below=below, skip=skip)


def _ids(statement: str, touches: Touches, **parameters: Any) -> list[int]:
    owners: Sequence[int] = [touches.tenant_id] if touches.code_ids is None else touches.code_ids
    with connection.cursor() as cursor:
        cursor.execute(statement, {"owners": list(owners), "since": touches.since or FIRST, **parameters})
        return [row[0] for row in cursor.fetchall()]
