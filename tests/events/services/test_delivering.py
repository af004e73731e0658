import json
import threading
from datetime import timedelta

import pytest
from django.db import connection

from events.models import Attempt, Delivery
from events.services import delivering
from events.services.delivering import LEASE, deliver_due
from events.services.endpoints import disable, send_test, subscribe
from events.services.outcomes import Outcome, forget_finished, record_outcome, redeliver
from tests.cast import NOON
from tests.events.conftest import PLAIN
from tests.events.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def line(endpoint):
    """Put messages in line for the endpoint."""

    def line(number: int = 1, *, to=endpoint) -> list[Delivery]:
        return [send_test(to, topic="test", at=NOON) for _ in range(number)]

    return line


def state(delivery: Delivery) -> tuple[str, int, int | None]:
    delivery.refresh_from_db()
    return delivery.status, delivery.attempts, delivery.last_status


def test_a_message_is_sent_signed_and_done_with(line, receiver):
    (delivery,) = line()

    assert (deliver_due(at=NOON), deliver_due(at=NOON)) == (1, 0)

    assert state(delivery) == ("delivered", 1, 200)
    assert (delivery.body, delivery.leased_until) == ("", None)
    (got,) = receiver.got
    assert json.loads(got["body"]) == {"id": str(delivery.uid), "type": "test"}
    assert got["headers"]["Content-Type"] == "application/json"
    assert got["headers"]["X-Signed"].startswith(f"{delivery.uid}:{len(got['body'])}:")
    assert Attempt.objects.values_list("number", "status_code", "error", "reply").get() == (1, 200, "", "thanks")


def test_a_failure_is_tried_again_under_the_same_id_and_then_given_up(line, receiver, endpoint):
    (delivery,) = line()
    receiver.status, receiver.reply = 500, b"oh no"

    counts = [deliver_due(at=NOON + hours * HOUR) for hours in (0, 0.5, 1.1, 2.2, 9)]

    assert counts == [1, 0, 1, 1, 0]
    assert state(delivery) == ("failed", 3, 500)
    assert {json.loads(got["body"])["id"] for got in receiver.got} == {str(delivery.uid)}
    assert len({got["body"] for got in receiver.got}) == 1
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.disabled_at) == (3, None)


def test_one_success_wipes_the_failures(line, receiver, endpoint):
    line()
    receiver.status = 503
    deliver_due(at=NOON)
    receiver.status = 204
    deliver_due(at=NOON + 2 * HOUR)

    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


def test_when_to_come_back_is_heeded_up_to_twice_the_delay(line, receiver):
    (delivery,) = line()
    receiver.status, receiver.headers = 429, {"Retry-After": "999999"}

    deliver_due(at=NOON)

    delivery.refresh_from_db()
    assert abs(delivery.next_attempt_at - NOON - 2 * HOUR) < timedelta(minutes=1)


def test_an_endpoint_that_is_gone_is_switched_off(line, receiver, endpoint):
    line()
    receiver.status = 410

    deliver_due(at=NOON)

    endpoint.refresh_from_db()
    assert (endpoint.disabled_at is None, endpoint.disabled_reason) == (False, "It answered 410: gone.")


def test_five_days_of_failures_switch_an_endpoint_off(line, receiver, endpoint):
    line()
    receiver.status = 500
    deliver_due(at=NOON)
    line()

    deliver_due(at=NOON + timedelta(hours=121))

    endpoint.refresh_from_db()
    assert endpoint.disabled_at is not None
    assert deliver_due(at=NOON + timedelta(hours=999)) == 0


def test_what_waits_for_a_disabled_endpoint_stays(line, endpoint):
    (delivery,) = line()
    disable(endpoint, at=NOON, reason="x")

    assert deliver_due(at=NOON) == 0
    assert state(delivery) == ("pending", 0, None)


def test_nothing_left_to_tell_is_dropped(acme, endpoint, happen, receiver):
    event = happen("thing.happened", gone=True)
    delivery = Delivery.objects.create(
        tenant=acme, endpoint=endpoint, event=event, topic="happened", next_attempt_at=NOON
    )

    assert deliver_due(at=NOON) == 0
    assert state(delivery) == ("dropped", 0, None)
    assert receiver.got == []


def test_a_message_that_cannot_be_written_holds_up_no_other(acme, endpoint, happen, line, receiver):
    event = happen("thing.happened", broken=True)
    broken = Delivery.objects.create(
        tenant=acme, endpoint=endpoint, event=event, topic="happened", next_attempt_at=NOON
    )
    (other,) = line()

    deliver_due(at=NOON)

    assert state(broken) == ("pending", 1, None)
    assert broken.last_error == "not composed: ValueError"
    assert state(other)[0] == "delivered"


def test_a_worker_that_dies_leaves_its_lease_to_run_out(line, receiver):
    (delivery,) = line()
    claimed = delivering._claim(NOON, limit=5)

    assert [row.pk for row in claimed] == [delivery.pk]
    assert deliver_due(at=NOON + LEASE / 2) == 0
    assert deliver_due(at=NOON + LEASE) == 1
    assert state(delivery)[0] == "delivered"


def test_a_worker_that_comes_back_too_late_records_nothing(line, receiver):
    (delivery,) = line()
    (late,) = delivering._claim(NOON, limit=5)
    deliver_due(at=NOON + LEASE)

    recorded = record_outcome(late, Outcome(NOON, 10, None, "timed out"))

    assert recorded is False
    assert state(delivery) == ("delivered", 1, 200)


def test_four_calls_to_one_endpoint_at_most_so_that_others_get_theirs(acme, line, receiver):
    line(10)
    with receiving() as quick:
        other = subscribe(acme, dialect=PLAIN, url=quick.url, at=NOON)
        line(1, to=other)

        claimed = delivering._claim(NOON, limit=16)

        assert sorted(row.endpoint_id for row in claimed) == sorted([claimed[0].endpoint_id] * 4 + [other.pk])
        assert delivering._claim(NOON, limit=16) == []


def test_many_messages_are_all_sent_once(line, receiver):
    line(50)

    assert deliver_due(at=NOON) == 50
    assert len({json.loads(got["body"])["id"] for got in receiver.got}) == len(receiver.got) == 50


def test_workers_that_sweep_at_once_send_each_message_once(line, receiver):
    line(40)
    receiver.delay = 0.02

    def sweep():
        deliver_due(at=NOON)
        connection.close()

    workers = [threading.Thread(target=sweep) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    ids = [json.loads(got["body"])["id"] for got in receiver.got]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 40


def test_nothing_is_sent_from_within_a_transaction(line, receiver, monkeypatch):
    line()
    seen = []
    made = delivering._make

    def make(call, at):
        seen.append(connection.in_atomic_block)
        return made(call, at)

    monkeypatch.setattr(delivering, "_make", make)
    deliver_due(at=NOON)

    assert seen == [False]


def test_what_failed_can_be_sent_anew(line, receiver):
    (delivery,) = line()
    receiver.status = 500
    for hours in (0, 2, 4):
        deliver_due(at=NOON + hours * HOUR)
    receiver.status = 200

    redeliver(delivery, at=NOON + 9 * HOUR)
    deliver_due(at=NOON + 9 * HOUR)

    assert state(delivery) == ("delivered", 1, 200)
    assert list(delivery.log.order_by("id").values_list("number", flat=True)) == [1, 2, 3, 4]


def test_old_deliveries_are_forgotten_and_events_are_not(acme, endpoint, happen, line):
    event = happen()
    old = Delivery.objects.create(tenant=acme, endpoint=endpoint, event=event, topic="happened", next_attempt_at=NOON)
    deliver_due(at=NOON)
    line()

    assert forget_finished(before=NOON + timedelta(days=1)) == 1
    assert Delivery.objects.filter(pk=old.pk).count() == 0
    assert Delivery.objects.count() == 1
    event.refresh_from_db()
