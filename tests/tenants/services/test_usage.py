from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from tenants.models import Usage
from tenants.services.limits import admit
from tenants.services.redis import client
from tenants.services.usage import day_key, flush_usage, usage_of
from tenants.tasks import flush_usage as flush_usage_task
from tests.cast import NOON, make_tenant

TOMORROW = NOON + timedelta(days=1)


def on_record() -> list[tuple[str, int, int]]:
    """(tenant, days since NOON, credits) of each row."""
    rows = Usage.objects.select_related("tenant").order_by("tenant__alias", "day")
    return [(row.tenant.alias, (row.day - NOON.date()).days, row.credits) for row in rows]


def test_usage_of_is_nothing_before_the_first_call(acme):
    assert usage_of(acme, at=NOON) == (0, 0)


def test_usage_of_adds_the_days_of_one_calendar_month(acme, globex):
    for at in (NOON, TOMORROW, TOMORROW):
        admit(acme, at=at)
    admit(globex, at=NOON)

    assert usage_of(acme, at=TOMORROW) == (2, 3)
    assert usage_of(acme, at=NOON + timedelta(days=30)) == (0, 0)


def test_usage_of_reads_the_record_when_redis_is_down(acme, settings):
    Usage.objects.create(tenant=acme, day=NOON.date(), credits=7)
    settings.REDIS_URL = "redis+socket:///nonexistent/valkey.sock"

    assert usage_of(acme, at=TOMORROW) == (0, 7)


def test_flush_usage_puts_each_tenants_days_on_record(acme, globex):
    for tenant, at in ((acme, NOON), (acme, NOON), (acme, TOMORROW), (globex, TOMORROW)):
        admit(tenant, at=at)

    assert flush_usage(at=TOMORROW) == 3
    assert on_record() == [("acme", 0, 2), ("acme", 1, 1), ("globex", 1, 1)]


def test_flush_usage_changes_nothing_the_second_time(acme):
    admit(acme, at=NOON)

    assert [flush_usage(at=NOON), flush_usage(at=NOON)] == [1, 0]
    assert on_record() == [("acme", 0, 1)]


def test_flush_usage_follows_the_counter(acme):
    admit(acme, at=NOON)
    flush_usage(at=NOON)
    admit(acme, at=NOON)

    assert flush_usage(at=NOON) == 1
    assert on_record() == [("acme", 0, 2)]


def test_flush_usage_never_takes_from_the_record(acme):
    admit(acme, at=NOON)
    Usage.objects.create(tenant=acme, day=NOON.date(), credits=9)

    assert flush_usage(at=NOON) == 0
    assert on_record() == [("acme", 0, 9)]


def test_flush_usage_passes_over_a_tenant_that_is_gone(acme):
    admit(acme, at=NOON)
    client().hset(day_key(NOON.date()), "999999999", 5)

    assert flush_usage(at=NOON) == 1


def test_flush_usage_takes_many_tenants_in_batches(acme):
    admit(acme, at=NOON)
    client().hset(day_key(NOON.date()), mapping={str(10**9 + number): 1 for number in range(5_000)})

    assert flush_usage(at=NOON) == 1


@pytest.mark.django_db(transaction=True)
def test_flush_usage_can_be_done_by_many_workers_while_calls_come_in():
    tenants = [make_tenant(f"tenant-{number}") for number in range(5)]

    def work(number: int) -> None:
        if number % 2:
            flush_usage(at=NOON)
        else:
            admit(tenants[number % 5], at=NOON)
        connection.close()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(200)))
    flush_usage(at=NOON)

    assert on_record() == [(tenant.alias, 0, 20) for tenant in tenants]


def test_the_task_reads_the_clock_for_the_service(acme):
    assert flush_usage_task.name == "tenants.tasks.flush_usage"
    assert flush_usage_task() == 0
