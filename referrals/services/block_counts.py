"""How many referrals and people there are, and where a page of them lies: at a cost that hardly grows with them.

Triggers append what each statement changes the counts by, inside its own transaction; `fold_blocks` sums these deltas
up. Both are read in one statement, so a count is that of one moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

from referrals.models import BlockCount, Moderation
from referrals.models.block_count import BLOCK

# Blocks from the highest id on, with what lies before each; of these the ones that the page touches.
PLACE = """
WITH blocks AS (
    SELECT block, sum(n) AS n, sum(sum(n)) OVER (ORDER BY block DESC) - sum(n) AS before
    FROM referrals_blocks_counted
    WHERE tenant_id = %(tenant)s::bigint AND kind = %(kind)s::text AND owner_id = ANY(%(owners)s::bigint[])
      AND (%(words)s::text[] IS NULL OR word = ANY(%(words)s::text[]))
    GROUP BY block
),
touched AS (
    SELECT * FROM blocks
    WHERE n > 0 AND before < %(offset)s::bigint + %(limit)s::bigint AND before + n > %(offset)s::bigint
)
SELECT (SELECT coalesce(sum(n), 0) FROM blocks)::bigint,
       coalesce(min(block), 0), coalesce(max(block) + 1, 0), coalesce(%(offset)s::bigint - min(before), 0)::bigint
FROM touched
"""

FOLD = """
WITH taken AS (
    DELETE FROM referrals_blockdelta
    WHERE id = ANY(ARRAY(SELECT id FROM referrals_blockdelta ORDER BY id LIMIT %(limit)s::bigint)) RETURNING *
),
folded AS (
    INSERT INTO referrals_blockcount AS counted (tenant_id, kind, owner_id, block, word, n)
    SELECT tenant_id, kind, owner_id, block, word, sum(n) FROM taken
    GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (tenant_id, kind, owner_id, block, word) DO UPDATE SET n = counted.n + excluded.n
)
SELECT count(*) FROM taken
"""
EVERYBODY = 0


@dataclass(frozen=True)
class Counted:
    """Rows that are counted: of a tenant, or of some owners in it; all, or those of some words."""

    tenant_id: int
    kind: str
    owners: tuple[int, ...] = (EVERYBODY,)
    words: tuple[str, ...] | None = None


class Place(NamedTuple):
    """How many rows there are; from which id on and below which a page lies, and how many to pass over from there."""

    total: int
    lower: int
    upper: int
    skip: int


def counted_people(tenant_id: int) -> Counted:
    """Those of a tenant that have an external id."""
    return Counted(tenant_id, BlockCount.Kind.PERSON)


def counted_referrals(
    tenant_id: int,
    *,
    members: Iterable[int] | None = None,
    referrer_moderation: str = "",
    referred_moderation: str = "",
) -> Counted:
    """Those of a tenant, or of some of its members, with either side in the state given, where one is."""
    owners = (EVERYBODY,) if members is None else tuple(members)
    sides = [[state] if state else Moderation.values for state in (referrer_moderation, referred_moderation)]
    narrowed = referrer_moderation or referred_moderation
    words = tuple(f"{referrer} {referred}" for referrer in sides[0] for referred in sides[1]) if narrowed else None
    return Counted(tenant_id, BlockCount.Kind.REFERRAL, owners, words)


def find_place(counted: Counted, *, offset: int, limit: int) -> Place:
    """Where the rows from a position on are, from the highest id down, with how many there are in all."""
    with connection.cursor() as cursor:
        cursor.execute(
            PLACE,
            {
                "tenant": counted.tenant_id,
                "kind": counted.kind,
                "owners": list(counted.owners),
                "words": None if counted.words is None else list(counted.words),
                "offset": offset,
                "limit": limit,
            },
        )
        total, first, after, skip = cursor.fetchone()
    return Place(total, first << BLOCK, after << BLOCK, skip)


@transaction.atomic
def fold_blocks(*, limit: int = 100_000) -> int:
    """Sum deltas up into counts; return how many. Of any number that run at once, one folds while the others wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('referrals_fold_blocks'))")
        cursor.execute(FOLD, {"limit": limit})
        return int(cursor.fetchone()[0])


@transaction.atomic
def recount_blocks() -> None:
    """Count anew, after rows came in past the triggers; referrals and people wait meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals_recount_blocks()")
