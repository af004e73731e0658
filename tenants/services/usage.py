"""Credits used: counted in Redis as calls come in, and put on record in the Usage table every few seconds.

The counters of one day are one hash, from tenant to credits, and so are those of one month.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import cast

import redis
from django.db import connection
from django.db.models import Q, Sum

from tenants.models import Tenant, Usage
from tenants.services.redis import client, key

DAYS_KEPT = 3  # so that a day can still be put on record when the workers stood still over its end
BATCH = 1_000

# One order of rows, so that any number of workers can do this at once; and no write where nothing changed.
RECORD = """
    INSERT INTO tenants_usage AS recorded (tenant_id, day, credits)
    SELECT tenant.id, %(day)s, counted.credits
    FROM unnest(%(tenants)s::bigint[], %(credits)s::bigint[]) AS counted (tenant_id, credits)
    JOIN tenants_tenant AS tenant ON tenant.id = counted.tenant_id
    ORDER BY tenant.id
    ON CONFLICT (tenant_id, day) DO UPDATE SET credits = greatest(recorded.credits, excluded.credits)
    WHERE recorded.credits < excluded.credits
"""


def usage_of(tenant: Tenant, *, at: datetime) -> tuple[int, int]:
    """Credits used today and this month, by the calendar of UTC."""
    day = utc_day(at)
    recorded = recorded_usage(tenant, day)
    counted = _counted_usage(tenant, day)
    return max(recorded[0], counted[0]), max(recorded[1], counted[1])


def recorded_usage(tenant: Tenant, day: date) -> tuple[int, int]:
    """What the table says of a day and of its month so far."""
    month = Usage.objects.filter(tenant=tenant, day__range=(day.replace(day=1), day))
    sums = month.aggregate(today=Sum("credits", filter=Q(day=day), default=0), so_far=Sum("credits", default=0))
    return sums["today"], sums["so_far"]


def flush_usage(*, at: datetime) -> int:
    """Put the counters of the last days on record; returns how many rows changed.

    A counter says how much was used in all, not since the last time, so doing this twice changes nothing. A record
    never goes down: a counter that had to begin again in an emptied Redis takes nothing back.
    """
    today = utc_day(at)
    days = [today - timedelta(days=age) for age in range(DAYS_KEPT)]
    return sum(_record(day, counted) for day in days for counted in _scan_counters(day))


def utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def day_key(day: date) -> str:
    return key("credits", day.isoformat())


def month_key(day: date) -> str:
    return key("credits", f"{day:%Y-%m}")


def _counted_usage(tenant: Tenant, day: date) -> tuple[int, int]:
    try:
        today = client().hget(day_key(day), str(tenant.pk))
        this_month = client().hget(month_key(day), str(tenant.pk))
    except redis.RedisError:
        return 0, 0
    return int(today or 0), int(this_month or 0)


def _scan_counters(day: date) -> Iterator[dict[int, int]]:
    """The day's credits by tenant, in batches."""
    cursor = -1
    while cursor:
        cursor, found = client().hscan(day_key(day), max(cursor, 0), count=BATCH)
        if found:
            yield {int(pk): int(used) for pk, used in cast("dict[str, str]", found).items()}


def _record(day: date, counted: dict[int, int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(RECORD, {"day": day, "tenants": list(counted), "credits": list(counted.values())})
        return int(cursor.rowcount)
