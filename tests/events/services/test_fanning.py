import threading
import uuid

import pytest
from django.db import connection, transaction

from events.models import Cursor, Delivery, Event
from events.services.endpoints import disable, subscribe
from events.services.events import record_event
from events.services.fanning import fan_out
from tests.cast import NOON, make_tenant
from tests.events.conftest import PLAIN

URL = "https://hooks.example.com/x"
pytestmark = pytest.mark.django_db(transaction=True)


def told() -> list[tuple[str, str]]:
    rows = Delivery.objects.order_by("event_id", "topic").values_list("event__kind", "topic")
    return list(rows)


def test_each_event_is_put_in_line_once_under_each_of_its_words(acme, happen):
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    happen("thing.happened")
    happen("thing.ended")
    happen("thing.unknown")

    assert (fan_out(), fan_out()) == (3, 0)
    assert told() == [("thing.happened", "happened"), ("thing.ended", "closed"), ("thing.ended", "ended")]


def test_an_endpoint_may_want_some_words_only(acme, happen):
    subscribe(acme, dialect=PLAIN, url=URL, topics=["closed"], at=NOON)
    happen("thing.happened")
    happen("thing.ended")

    fan_out()

    assert told() == [("thing.ended", "closed")]


def test_only_the_tenants_own_endpoints_that_listen_are_told(acme, globex, happen):
    theirs = subscribe(globex, dialect=PLAIN, url=URL, at=NOON)
    off = subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    disable(off, at=NOON, reason="x")
    happen(tenant=acme)
    happen(tenant=globex)

    fan_out()

    assert list(Delivery.objects.values_list("endpoint", flat=True)) == [theirs.pk]


def test_an_endpoint_hears_nothing_of_what_was_before_it(acme, happen):
    event = happen()
    subscribe(acme, dialect=PLAIN, url=URL, at=event.recorded_at.replace(year=2999))

    assert fan_out() == 0


def test_a_topic_hears_nothing_of_what_was_before_it_was_asked_for(acme, happen):
    subscribe(acme, dialect=PLAIN, url=URL, topics=["happened"], at=NOON)
    event = happen("thing.ended")
    subscribe(acme, dialect=PLAIN, url=URL, topics=["ended"], at=NOON)
    subscribe(acme, dialect=PLAIN, url=URL, topics=["closed"], at=event.recorded_at.replace(year=2999))

    fan_out()

    assert told() == [("thing.ended", "ended")]


def test_a_delivery_is_about_its_events_subject(acme, happen):
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    event = happen()

    fan_out()

    assert Delivery.objects.get().subject == event.subject


@pytest.mark.parametrize("batch", [1, 2, 1000])
@pytest.mark.parametrize("stranger", [False, True])
def test_events_about_one_subject_are_put_in_line_as_they_happened(acme, batch, stranger):
    """The transaction that began first changed the subject last, as one does that waited for the other's lock. A
    stranger's, which began in between and still runs, keeps that of the first change from its turn.
    """
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    subject = uuid.uuid4()
    began, go_on = threading.Event(), threading.Event()

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

    slow = threading.Thread(target=begin_and_wait)
    slow.start()
    began.wait(10)
    stays, leave = threading.Event(), threading.Event()
    other = threading.Thread(target=begin_and_stay)
    if stranger:
        other.start()
        stays.wait(10)
    record_event(acme, "thing.happened", subject=subject, at=NOON)
    go_on.set()
    slow.join()

    fan_out(batch=batch)
    if stranger:
        leave.set()
        other.join()
        fan_out(batch=batch)

    assert list(Event.objects.filter(subject=subject).order_by("transaction").values_list("kind", flat=True)) == [
        "thing.ended",
        "thing.happened",
    ]
    topics = list(Delivery.objects.filter(subject=subject).order_by("id").values_list("topic", flat=True))
    assert topics == ["happened", "ended", "closed"]


def test_while_nobody_listens_the_cursor_keeps_up(acme, happen):
    happen()
    fan_out()
    before = Cursor.objects.get(name="webhooks").position
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    happen()

    assert fan_out() == 1
    assert Cursor.objects.get(name="webhooks").position > before


def test_batches_leave_nothing_out(acme, happen):
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    with transaction.atomic():
        for _ in range(7):
            happen()
    for _ in range(3):
        happen()

    assert fan_out(batch=2) == 10
    assert Delivery.objects.values("event").distinct().count() == 10


def test_an_event_that_is_committed_late_is_not_skipped(acme, happen):
    """Its id is the lower one, and the higher one is visible before it."""
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    written, commit = threading.Event(), threading.Event()

    def write_and_wait():
        with transaction.atomic():
            happen("thing.happened")
            written.set()
            commit.wait(10)
        connection.close()

    slow = threading.Thread(target=write_and_wait)
    slow.start()
    written.wait(10)
    happen("thing.ended")

    early = fan_out()
    commit.set()
    slow.join()
    late = fan_out()

    assert (early, late) == (0, 3)
    ids = dict(Event.objects.filter(kind__startswith="thing.").values_list("kind", "id"))
    assert ids["thing.happened"] < ids["thing.ended"]
    assert len(told()) == 3


def test_two_workers_do_not_read_at_once(acme, happen):
    subscribe(acme, dialect=PLAIN, url=URL, at=NOON)
    happen()
    fan_out()
    happen()
    counts = []

    def read():
        counts.append(fan_out())
        connection.close()

    with transaction.atomic():
        Cursor.objects.select_for_update().get(name="webhooks")
        other = threading.Thread(target=read)
        other.start()
        other.join()

    assert counts == [0]
    assert fan_out() == 1


def test_a_tenant_that_is_switched_off_is_told_nothing(happen):
    initech = make_tenant("initech")
    subscribe(initech, dialect=PLAIN, url=URL, at=NOON)
    initech.is_active = False
    initech.save(update_fields=["is_active"])
    happen(tenant=initech)

    assert fan_out() == 0
