"""The feed's numbers: none twice, none left out, and nothing appears behind one that was read."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from events.models import Cursor, Event, FeedEntry
from events.services.events import record_event
from events.services.numbering import number_events
from tests.cast import NOON
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def feed(tenant) -> list[tuple[int, str]]:
    return list(FeedEntry.objects.for_tenant(tenant).order_by("number").values_list("number", "event__kind"))


def test_each_tenant_counts_by_itself(acme, globex, happen):
    happen("thing.happened")
    happen("other.happened", tenant=globex)
    happen("thing.ended")

    assert (number_events(), number_events()) == (3, 0)
    assert feed(acme) == [(1, "thing.happened"), (2, "thing.ended")]
    assert feed(globex) == [(1, "other.happened")]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_batches_leave_no_gap(acme, happen, batch):
    for number in range(7):
        happen(f"thing.{number}")

    assert number_events(batch=batch) == 7
    assert feed(acme) == [(number + 1, f"thing.{number}") for number in range(7)]


def test_what_a_running_transaction_may_still_precede_waits(acme, happen):
    wrote, end = threading.Event(), threading.Event()

    def write_slowly():
        with transaction.atomic():
            record_event(acme, "slow.happened", subject=uuid.uuid4(), at=NOON)
            wrote.set()
            end.wait(10)
        connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    wrote.wait(10)
    happen("quick.happened")

    assert (number_events(), feed(acme)) == (0, [])
    end.set()
    slow.join()
    assert number_events() == 2
    assert feed(acme) == [(1, "slow.happened"), (2, "quick.happened")]


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize("stranger", [False, True])
def test_events_about_one_subject_are_in_the_order_in_which_they_happened(acme, batch, stranger):
    """The transaction that began first changed the subject last, as one does that waited for the other's lock; and a
    stranger's, begun in between, still runs.
    """
    subject = uuid.uuid4()
    began, go_on, stays, leave = (threading.Event() for _ in range(4))

    def begin_and_wait():
        with transaction.atomic():
            record_event(acme, "thing.other", subject=uuid.uuid4(), at=NOON)
            began.set()
            go_on.wait(10)
            record_event(acme, "thing.ended", subject=subject, at=NOON)
        connection.close()

    def begin_and_stay():
        with transaction.atomic():
            record_event(acme, "thing.other", subject=uuid.uuid4(), at=NOON)
            stays.set()
            leave.wait(10)
        connection.close()

    threads = [threading.Thread(target=begin_and_wait)]
    threads[0].start()
    began.wait(10)
    if stranger:
        threads.append(threading.Thread(target=begin_and_stay))
        threads[1].start()
        stays.wait(10)
    record_event(acme, "thing.happened", subject=subject, at=NOON)
    go_on.set()
    threads[0].join()

    number_events(batch=batch)
    leave.set()
    for thread in threads:
        thread.join()
    number_events(batch=batch)

    about = FeedEntry.objects.filter(event__subject=subject).order_by("number")
    assert list(about.values_list("event__kind", flat=True)) == ["thing.happened", "thing.ended"]
    assert [number for number, _ in feed(acme)] == list(range(1, Event.objects.count() + 1))


def test_writers_and_readers_at_once_leave_no_gap_and_nothing_behind(acme, globex, happen):
    """Whoever reads up to the last number, again and again while others write and number, misses nothing."""
    seen: list[int] = []
    done = threading.Event()

    def write(writer: int):
        for number in range(25):
            with transaction.atomic():
                happen(f"thing.{writer}", tenant=(acme, globex)[number % 2])
                happen(f"thing.{writer}", tenant=acme)

    def read():
        while not done.is_set() or number_events(batch=7):
            number_events(batch=7)
            entries = FeedEntry.objects.for_tenant(acme).filter(number__gt=len(seen)).order_by("number")
            seen.extend(entries.values_list("number", flat=True))
        connection.close()

    with ThreadPoolExecutor(2) as readers:
        reading = [readers.submit(read)]
        answers = run_at_once(*[lambda n=n: write(n) for n in range(6)])
        done.set()
        for each in reading:
            each.result(30)

    assert answers == [None] * 6
    number_events()
    assert [number for number, _ in feed(acme)] == list(range(1, Event.objects.filter(tenant=acme).count() + 1))
    assert seen == list(range(1, len(seen) + 1))
    assert FeedEntry.objects.count() == Event.objects.count()


def test_a_restored_database_that_counts_transactions_anew_numbers_nothing_twice(acme, happen):
    happen("thing.happened")
    number_events()
    Cursor.objects.filter(name="feed").update(transaction=2**62)
    happen("thing.ended")

    assert number_events() == 1
    assert feed(acme) == [(1, "thing.happened"), (2, "thing.ended")]
