"""What a plan allows: calls a minute, credits a day and a month.

One script in Redis looks and takes in one step, so calls that come at once cannot pass a limit together. Redis only
caches the credits: a counter that is missing there goes on from the Usage table. While Redis is away every call is let
through, uncounted, and the fault shows in the metrics.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import redis
from django.conf import settings
from prometheus_client import Counter
from redis.commands.core import Script

from tenants.errors import OverLimit
from tenants.models import Plan, Tenant
from tenants.services.redis import client, key
from tenants.services.usage import DAYS_KEPT, day_key, month_key, recorded_usage, utc_day

DAY = 24 * 3600
UNLIMITED = -1
FAULTS = Counter("vouch_redis_faults_total", "Times Redis could not be asked, so a call went uncounted.", ["during"])


class Admission(NamedTuple):
    """A call that was let through, and whether it took a credit that can be given back."""

    tenant_id: int
    day: date
    counted: bool


def admit(tenant: Tenant, *, at: datetime) -> Admission:
    """Let a call of this tenant through and take one credit; raise OverLimit where its plan allows no more."""
    day = utc_day(at)
    try:
        limit, wait = _take_credit(tenant, day)
    except redis.RedisError:
        FAULTS.labels("admit").inc()
        return Admission(tenant.pk, day, counted=False)
    if limit:
        raise OverLimit(limit, _seconds_until_next(limit, wait, at))
    return Admission(tenant.pk, day, counted=True)


def refund(admission: Admission) -> None:
    """Give the credit back: only calls answered with a 2xx cost one. The rate is spent all the same."""
    if not admission.counted:
        return
    try:
        _script("refund")(keys=[day_key(admission.day), month_key(admission.day)], args=[admission.tenant_id])
    except redis.RedisError:
        FAULTS.labels("refund").inc()


def throttle(name: str, *, limit: int, per_seconds: int = 60) -> int:
    """Let `limit` calls a period through under one name. Returns the seconds to wait, 0 when this call may pass."""
    try:
        wait = _script("throttle")(keys=[key("throttle", name)], args=[limit, per_seconds])
    except redis.RedisError:
        FAULTS.labels("throttle").inc()
        return 0
    return _whole_seconds(wait)


def _take_credit(tenant: Tenant, day: date) -> tuple[str, int]:
    """The limit that stands in the way, "" where none does, and the microseconds to wait for a minute's."""
    keys = [key("rate", tenant.pk), day_key(day), month_key(day)]
    terms = [tenant.pk, tenant.plan.calls_per_minute, _or_unlimited(tenant.plan.credits_per_day), _month_limit(tenant)]
    kept = [DAYS_KEPT * DAY, (31 + DAYS_KEPT) * DAY]
    limit, wait = _script("admit")(keys=keys, args=[*terms, "", "", *kept])
    if limit == "unknown":
        limit, wait = _script("admit")(keys=keys, args=[*terms, *recorded_usage(tenant, day), *kept])
    return limit, wait


def _month_limit(tenant: Tenant) -> int:
    overage = tenant.plan.overage
    goes_on = overage == Plan.Overage.ALWAYS or (overage == Plan.Overage.OPTIONAL and tenant.allow_overage)
    return UNLIMITED if goes_on else tenant.plan.credits_per_month


def _or_unlimited(limit: int | None) -> int:
    return UNLIMITED if limit is None else limit


def _seconds_until_next(limit: str, wait: int, at: datetime) -> int:
    """The script says how long a minute's limit stands; a day's and a month's end at midnight UTC."""
    if limit == "minute":
        return _whole_seconds(wait)
    day = utc_day(at)
    following = day + timedelta(days=1) if limit == "day" else (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return _whole_seconds((datetime.combine(following, time(), tzinfo=UTC) - at) // timedelta(microseconds=1))


def _whole_seconds(microseconds: int) -> int:
    return -(-microseconds // 1_000_000)


def _script(name: str) -> Script:
    return _load(name, settings.REDIS_URL)


@cache
def _load(name: str, _url: str) -> Script:
    source = Path(__file__).with_name("lua")
    return client().register_script((source / "gcra.lua").read_text() + (source / f"{name}.lua").read_text())
