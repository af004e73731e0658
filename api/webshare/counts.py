"""How many credits there are, and in which blocks of ids a page of them lies: at a cost that hardly grows with them.

Triggers append what each statement changes the counts by, inside its own transaction; `fold_credits` sums these deltas
up. Both are read in one statement, so a count is that of one moment.
"""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from api.webshare.models import BLOCK

# Blocks, from either end, with what lies before each; of these the ones that the page touches.
PLACE = """
WITH blocks AS (
    SELECT block, sum(n) AS n, sum(sum(n)) OVER (ORDER BY block * %(direction)s::bigint) - sum(n) AS before
    FROM webshare_credits_counted
    WHERE tenant_id = %(tenant)s::bigint AND person_id = %(person)s::bigint
      AND %(mode)s::text IN ('', mode) AND %(status)s::text IN ('', status)
      AND (%(channel)s::bigint IS NULL OR channel_id = %(channel)s::bigint)
    GROUP BY block
),
touched AS (
    SELECT * FROM blocks
    WHERE n > 0 AND before < %(offset)s::bigint + %(limit)s::bigint AND before + n > %(offset)s::bigint
)
SELECT (SELECT coalesce(sum(n), 0) FROM blocks)::bigint,
       (SELECT coalesce(array_agg(block ORDER BY block), '{}') FROM touched),
       (SELECT coalesce(%(offset)s::bigint - min(before), 0) FROM touched)::bigint
"""

FOLD = """
WITH taken AS (
    DELETE FROM webshare_creditdelta
    WHERE id = ANY(ARRAY(SELECT id FROM webshare_creditdelta ORDER BY id LIMIT %(limit)s::bigint)) RETURNING *
),
folded AS (
    INSERT INTO webshare_creditcount AS counted (tenant_id, person_id, block, mode, status, channel_id, n)
    SELECT tenant_id, person_id, block, mode, status, channel_id, sum(n) FROM taken
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (tenant_id, person_id, block, mode, status, channel_id) DO UPDATE SET n = counted.n + excluded.n
)
SELECT count(*) FROM taken
"""
EVERYBODY = 0
NO_CHANNEL = 0


@dataclass(frozen=True)
class Wanted:
    """Which credits: of a tenant, or of one person in it."""

    tenant_id: int
    person_id: int = EVERYBODY
    mode: str = ""
    status: str = ""
    channel_id: int | None = None


class Place(NamedTuple):
    """How many there are; from which id on and below which id a page lies, and how many to pass over within."""

    total: int
    spans: list[tuple[int, int]]
    skip: int


def find_place(wanted: Wanted, *, offset: int, limit: int, newest_first: bool = True) -> Place:
    """Where the rows from a position on are, in the order of ids, with how many there are in all."""
    direction = -1 if newest_first else 1
    with connection.cursor() as cursor:
        cursor.execute(
            PLACE,
            {
                "tenant": wanted.tenant_id,
                "person": wanted.person_id,
                "mode": wanted.mode,
                "status": wanted.status,
                "channel": wanted.channel_id,
                "direction": direction,
                "offset": offset,
                "limit": limit,
            },
        )
        total, blocks, skip = cursor.fetchone()
    return Place(total, _spans(blocks), skip)


def _spans(blocks: list[int]) -> list[tuple[int, int]]:
    """Ranges of ids, from and below; blocks beside each other are one range."""
    spans: list[tuple[int, int]] = []
    for block in blocks:
        lower, upper = block << BLOCK, (block + 1) << BLOCK
        if spans and spans[-1][1] == lower:
            lower, _ = spans.pop()
        spans.append((lower, upper))
    return spans


@transaction.atomic
def fold_credits(*, limit: int = 100_000) -> int:
    """Sum deltas up into counts; return how many. Of any number that run at once, one folds while the others wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('webshare_fold_credits'))")
        cursor.execute(FOLD, {"limit": limit})
        return int(cursor.fetchone()[0])


@transaction.atomic
def recount_credits() -> None:
    """Count anew, after rows came in past the triggers; rewards wait meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT webshare_recount_credits()")
