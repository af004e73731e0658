"""How many touches there are: exact at all times, at a cost that does not grow with them.

Triggers append what each statement changes the counts by, inside its own transaction; `fold_touches` sums these deltas
up into counts. Both are read in one statement, so a count is that of one moment, whichever way a touch came to be.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from referrals.models import TouchCount

FIRST = "-infinity"  # PostgreSQL's own words for no bound
LAST = "infinity"


@dataclass(frozen=True)
class Touches:
    """Which touches are meant: those of a tenant, or of some of its codes, that stand.

    `status` narrows them to pending or confirmed ones, `valid_clicks` to what counts as a click, `since` and `until` to
    a half-open range of `occurred_at`.
    """

    tenant_id: int
    code_ids: tuple[int, ...] | None = None
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    valid_clicks: bool = False

    @property
    def span(self) -> str:
        """Codes are counted by the day, a tenant by the hour: so a span holds about as many touches of either."""
        return TouchCount.Span.HOUR if self.code_ids is None else TouchCount.Span.DAY

    @property
    def counted_as(self) -> list[int]:
        return [0] if self.code_ids is None else list(self.code_ids)


class Totals(NamedTuple):
    """Valid clicks, also those that brought somebody in; and touches that did."""

    clicks: int
    conversions: int


TOTALS = """
SELECT coalesce(sum(n) FILTER (WHERE is_click), 0), coalesce(sum(n) FILTER (WHERE status = 'confirmed'), 0)
FROM referrals_touches_counted
WHERE tenant_id = %(tenant)s::bigint AND code_id = ANY(%(codes)s::bigint[]) AND span = 'ever'
"""

COUNT_EVER = """
SELECT coalesce(sum(n), 0) FROM referrals_touches_counted
WHERE tenant_id = %(tenant)s::bigint AND code_id = ANY(%(codes)s::bigint[]) AND span = 'ever'
  AND %(status)s::text IN ('', status) AND is_click >= %(clicks)s::bool
"""

# Whole spans are looked up; of those that a bound cuts, the touches inside are counted.
COUNT_BETWEEN = """
SELECT coalesce(sum(n), 0) FROM (
    SELECT n FROM referrals_touches_counted
    WHERE tenant_id = %(tenant)s::bigint AND code_id = ANY(%(codes)s::bigint[]) AND span = %(span)s::text
      AND %(status)s::text IN ('', status) AND is_click >= %(clicks)s::bool
      AND starts_at >= %(lower)s::timestamptz AND starts_at < %(upper)s::timestamptz
    UNION ALL
    SELECT 1 FROM referrals_attribution
    WHERE tenant_id = %(tenant)s::bigint AND (%(whole)s::bool OR code_id = ANY(%(codes)s::bigint[]))
      AND %(status)s::text IN ('', status) AND deleted_at IS NULL
      AND (NOT %(clicks)s::bool OR kind = 'click' AND verdict = 'valid')
      AND occurred_at >= %(since)s::timestamptz AND occurred_at < %(lower)s::timestamptz
    UNION ALL
    SELECT 1 FROM referrals_attribution
    WHERE tenant_id = %(tenant)s::bigint AND (%(whole)s::bool OR code_id = ANY(%(codes)s::bigint[]))
      AND %(status)s::text IN ('', status) AND deleted_at IS NULL
      AND (NOT %(clicks)s::bool OR kind = 'click' AND verdict = 'valid')
      AND occurred_at >= %(upper)s::timestamptz AND occurred_at < %(until)s::timestamptz
) counted
"""

FOLD = """
WITH taken AS (
    DELETE FROM referrals_touchdelta
    WHERE id = ANY(ARRAY(SELECT id FROM referrals_touchdelta ORDER BY id LIMIT %(limit)s::bigint)) RETURNING *
),
folded AS (
    INSERT INTO referrals_touchcount AS counted (tenant_id, code_id, span, starts_at, status, is_click, n)
    SELECT t.tenant_id, s.code_id, s.span, s.starts_at, t.status, t.is_click, sum(t.n)
    FROM taken t CROSS JOIN LATERAL referrals_touch_scopes(t.code_id, t.hour) s
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(t.n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (tenant_id, code_id, span, starts_at, status, is_click) DO UPDATE SET n = counted.n + excluded.n
)
SELECT count(*) FROM taken
"""


def total_touches(touches: Touches) -> Totals:
    """Clicks and conversions ever, of a tenant or of some of its codes."""
    clicks, conversions = _ask(TOTALS, tenant=touches.tenant_id, codes=touches.counted_as)
    return Totals(int(clicks), int(conversions))


def count_touches(touches: Touches) -> int:
    """How many there are, robots' among them."""
    which = {
        "tenant": touches.tenant_id,
        "codes": touches.counted_as,
        "status": touches.status,
        "clicks": touches.valid_clicks,
    }
    if touches.since is None and touches.until is None:
        return int(_ask(COUNT_EVER, **which)[0])
    whole = touches.code_ids is None
    return int(_ask(COUNT_BETWEEN, span=touches.span, whole=whole, **which, **_bounds(touches))[0])


def count_since(touches: Touches, instant: datetime) -> int:
    return count_touches(replace(touches, since=instant))


def _bounds(touches: Touches) -> dict[str, Any]:
    """The range, and within it the one of whole spans: from `lower` to `upper`."""
    since, until = touches.since, touches.until
    if since and until and since >= until:
        return dict.fromkeys(("since", "lower", "upper", "until"), until)
    lower = span_after(since, touches.span) if since else None
    upper = span_of(until, touches.span) if until else None
    if lower and upper and lower > upper:
        lower = upper = until
    return {"since": since or FIRST, "lower": lower or FIRST, "upper": upper or LAST, "until": until or LAST}


def span_of(instant: datetime, span: str) -> datetime:
    """When the hour or the day of an instant began, in UTC."""
    hour = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour if span == TouchCount.Span.HOUR else hour.replace(hour=0)


def span_after(instant: datetime, span: str) -> datetime:
    """The first instant, from this one on, at which an hour or a day begins; the end of time where there is none."""
    start = span_of(instant, span)
    if start == instant:
        return start
    try:
        return start + (timedelta(hours=1) if span == TouchCount.Span.HOUR else timedelta(days=1))
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


@transaction.atomic
def fold_touches(*, limit: int = 100_000) -> int:
    """Sum deltas up into counts; return how many. Of any number that run at once, one folds while the others wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('referrals_fold_touches'))")
        cursor.execute(FOLD, {"limit": limit})
        return int(cursor.fetchone()[0])


@transaction.atomic
def recount_touches() -> None:
    """Count anew, after rows came in past the triggers, as a bulk import's into a partition; touches wait meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals_recount_touches()")


def _ask(statement: str, **parameters: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
