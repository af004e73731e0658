import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from prometheus_client import REGISTRY

from tenants.errors import OverLimit
from tenants.models import Tenant, Usage
from tenants.services.limits import admit, refund, throttle
from tenants.services.usage import flush_usage, usage_of
from tests.cast import NOON, make_tenant

NOWHERE = "redis+socket:///nonexistent/valkey.sock"


@pytest.fixture
def frugal(db) -> Tenant:
    """On the Free plan: 5 calls a minute, 500 credits a day, 2,000 a month."""
    return make_tenant("frugal", plan="free")


def use(tenant: Tenant, credits_used: int, *, day: datetime = NOON) -> None:
    Usage.objects.create(tenant=tenant, day=day.date(), credits=credits_used)


def call(tenant: Tenant) -> str:
    """The limit that stands in the way, or "" when the call is let through."""
    try:
        admit(tenant, at=NOON)
    except OverLimit as error:
        return error.limit
    finally:
        connection.close()
    return ""


def faults(during: str) -> float:
    return REGISTRY.get_sample_value("vouch_redis_faults_total", {"during": during}) or 0.0


def test_admit_takes_one_credit(frugal):
    admission = admit(frugal, at=NOON)

    assert (admission.tenant_id, admission.day, admission.counted) == (frugal.pk, NOON.date(), True)
    assert usage_of(frugal, at=NOON) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_admit_lets_exactly_five_of_a_hundred_simultaneous_calls_through_at_five_a_minute():
    tenant = make_tenant("frugal", plan="free")
    assert tenant.plan.calls_per_minute == 5

    with ThreadPoolExecutor(100) as threads:
        answers = Counter(threads.map(call, [tenant] * 100))

    assert answers == {"": 5, "minute": 95}
    assert usage_of(tenant, at=NOON) == (5, 5)


@pytest.mark.django_db(transaction=True)
def test_admit_goes_on_from_the_record_once_when_many_calls_find_the_counter_missing():
    tenant = make_tenant("acme")
    use(tenant, 100)

    with ThreadPoolExecutor(20) as threads:
        answers = Counter(threads.map(call, [tenant] * 20))

    assert answers == {"": 20}
    assert usage_of(tenant, at=NOON) == (120, 120)


def test_admit_says_when_the_next_call_of_a_minute_is_due(frugal):
    for _ in range(5):
        admit(frugal, at=NOON)

    with pytest.raises(OverLimit) as refusal:
        admit(frugal, at=NOON)

    assert refusal.value.limit == "minute"
    assert refusal.value.retry_after in {11, 12}  # a fifth of a minute, less the moments since


def test_admit_counts_each_tenant_alone(frugal, globex):
    for _ in range(5):
        admit(frugal, at=NOON)

    assert admit(globex, at=NOON).counted
    assert usage_of(globex, at=NOON) == (1, 1)


def test_admit_stops_at_the_credits_of_a_day_until_midnight_utc(frugal):
    use(frugal, 499)
    admit(frugal, at=NOON)

    with pytest.raises(OverLimit) as refusal:
        admit(frugal, at=NOON)

    assert (refusal.value.limit, refusal.value.retry_after) == ("day", 12 * 3600)
    assert admit(frugal, at=NOON + timedelta(hours=12)).counted


@pytest.mark.parametrize(
    ("at", "until_next_month"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, 500_000, tzinfo=UTC), 1),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 12 * 3600),
        (datetime(2028, 2, 28, 0, tzinfo=UTC), 2 * 24 * 3600),
    ],
)
def test_admit_stops_at_the_credits_of_a_month_until_the_next(frugal, at, until_next_month):
    use(frugal, 1_999, day=at.replace(day=1))
    admit(frugal, at=at)

    with pytest.raises(OverLimit) as refusal:
        admit(frugal, at=at)

    assert (refusal.value.limit, refusal.value.retry_after) == ("month", until_next_month)
    assert admit(frugal, at=at + timedelta(seconds=until_next_month)).counted


@pytest.mark.parametrize(
    ("plan", "allow_overage", "stops"),
    [("free", True, True), ("starter", False, True), ("starter", True, False), ("pro", False, False)],
)
def test_admit_goes_beyond_the_month_where_plan_and_tenant_allow_overage(db, plan, allow_overage, stops):
    tenant = make_tenant("acme", plan=plan)
    tenant.allow_overage = allow_overage
    use(tenant, tenant.plan.credits_per_month)
    later = NOON + timedelta(days=1)

    if stops:
        with pytest.raises(OverLimit):
            admit(tenant, at=later)
    else:
        assert admit(tenant, at=later).counted


def test_admit_leaves_everything_as_it_was_when_it_refuses(frugal):
    use(frugal, 500)
    for _ in range(10):
        with pytest.raises(OverLimit):
            admit(frugal, at=NOON)

    assert usage_of(frugal, at=NOON) == (500, 500)
    for _ in range(5):  # nor is the minute used up
        admit(frugal, at=NOON + timedelta(days=1))


def test_admit_lets_nobody_through_on_a_plan_of_no_calls(frugal):
    frugal.plan.calls_per_minute = 0

    with pytest.raises(OverLimit) as refusal:
        admit(frugal, at=NOON)

    assert (refusal.value.limit, refusal.value.retry_after) == ("minute", 60)


def test_admit_keeps_the_count_of_the_month_when_redis_is_emptied(frugal, empty_redis):
    use(frugal, 1_997)
    later = NOON + timedelta(days=1)
    admit(frugal, at=later)
    admit(frugal, at=later)
    flush_usage(at=later)

    empty_redis()

    assert usage_of(frugal, at=later) == (2, 1_999)
    admit(frugal, at=later)
    with pytest.raises(OverLimit) as refusal:
        admit(frugal, at=later)
    assert refusal.value.limit == "month"


def test_admit_lets_calls_through_and_counts_the_fault_when_redis_is_down(frugal, settings):
    settings.REDIS_URL = NOWHERE
    before = faults("admit")

    admissions = [admit(frugal, at=NOON) for _ in range(10)]

    assert [admission.counted for admission in admissions] == [False] * 10
    assert faults("admit") == before + 10


def test_refund_gives_the_credit_back_but_not_the_minute(frugal):
    for _ in range(5):
        refund(admit(frugal, at=NOON))

    assert usage_of(frugal, at=NOON) == (0, 0)
    with pytest.raises(OverLimit, match="calls a minute"):
        admit(frugal, at=NOON)


def test_refund_after_redis_was_emptied_leaves_the_record_to_count_from(frugal, empty_redis):
    use(frugal, 40)
    admission = admit(frugal, at=NOON)
    empty_redis()

    refund(admission)
    admit(frugal, at=NOON)

    assert usage_of(frugal, at=NOON) == (41, 41)


def test_refund_has_nothing_to_give_for_a_call_that_went_uncounted(frugal, settings):
    reachable = settings.REDIS_URL
    settings.REDIS_URL = NOWHERE
    admission = admit(frugal, at=NOON)
    settings.REDIS_URL = reachable
    admit(frugal, at=NOON)

    refund(admission)

    assert usage_of(frugal, at=NOON) == (1, 1)


def test_refund_counts_the_fault_when_redis_went_down_meanwhile(frugal, settings):
    admission = admit(frugal, at=NOON)
    before = faults("refund")
    settings.REDIS_URL = NOWHERE

    refund(admission)

    assert faults("refund") == before + 1


def test_throttle_lets_a_burst_through_and_then_says_how_long_to_wait():
    assert [throttle("login:bob", limit=3) for _ in range(4)] == [0, 0, 0, 20]
    assert throttle("login:alice", limit=3) == 0


def test_throttle_lets_calls_trickle_through_as_time_passes():
    assert [throttle("click", limit=10, per_seconds=1) for _ in range(11)] == [0] * 10 + [1]

    time.sleep(0.11)

    assert throttle("click", limit=10, per_seconds=1) == 0


def test_throttle_lets_exactly_its_limit_of_simultaneous_calls_through():
    with ThreadPoolExecutor(50) as threads:
        waits = list(threads.map(lambda _: throttle("click", limit=7), range(50)))

    assert sum(wait == 0 for wait in waits) == 7


def test_throttle_lets_calls_through_when_redis_is_down(settings):
    settings.REDIS_URL = NOWHERE
    before = faults("throttle")

    assert [throttle("click", limit=1) for _ in range(3)] == [0, 0, 0]
    assert faults("throttle") == before + 3
