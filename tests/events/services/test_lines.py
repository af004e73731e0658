import json
import uuid
from datetime import timedelta

import pytest

from events.models import Delivery
from events.services import delivering
from events.services.delivering import IN_FLIGHT, deliver_due
from events.services.endpoints import send_test, subscribe
from events.services.lines import postpone_waiting
from events.services.outcomes import redeliver
from tests.cast import NOON
from tests.events.conftest import PLAIN
from tests.events.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def tell(endpoint):
    """Put messages about one subject in line for an endpoint."""

    def tell(number: int, *, subject: uuid.UUID | None = None, to=endpoint, **event) -> list[Delivery]:
        subject = subject or uuid.uuid4()
        fields = {"tenant": to.tenant, "endpoint": to, "topic": "happened", "subject": subject, **event}
        return [Delivery.objects.create(next_attempt_at=NOON, **fields) for _ in range(number)]

    return tell


def ids(receiver) -> list[str]:
    return [json.loads(got["body"])["id"] for got in receiver.got]


def names(deliveries: list[Delivery]) -> list[str]:
    return [str(delivery.uid) for delivery in deliveries]


def test_messages_about_one_subject_arrive_one_after_another(tell, receiver):
    told = tell(9)
    receiver.delay = 0.02

    assert deliver_due(at=NOON) == 9
    assert ids(receiver) == names(told)


def test_those_about_different_subjects_are_under_way_at_once(tell):
    for _ in range(6):
        tell(2)

    claimed = delivering._claim(NOON, limit=16)

    assert len({row.subject for row in claimed}) == len(claimed) == IN_FLIGHT


def test_what_is_due_is_what_is_first_in_line(tell):
    first, second = tell(2)
    (other,) = tell(1)

    assert set(Delivery.objects.due(NOON)) == {first, other}

    Delivery.objects.filter(pk=first.pk).update(status="delivered", finished_at=NOON)
    assert set(Delivery.objects.due(NOON)) == {second, other}


def test_a_subject_waits_while_its_first_message_is_in_hand(tell):
    first, _ = tell(2)

    assert delivering._claim(NOON, limit=16) == [first]
    assert delivering._claim(NOON, limit=16) == []


def test_one_that_failed_holds_up_its_subject_and_no_other(tell, receiver):
    tell(2)
    receiver.status = 500
    deliver_due(at=NOON)
    receiver.status = 200
    other = tell(1)

    deliver_due(at=NOON + timedelta(minutes=1))

    assert ids(receiver)[1:] == names(other)


def test_after_the_first_has_arrived_the_others_go_on_at_once(tell, receiver):
    told = tell(3)
    receiver.status = 500
    deliver_due(at=NOON)
    receiver.status = 200
    for hours in (0.5, 1.1):
        deliver_due(at=NOON + hours * HOUR)

    assert ids(receiver) == names([told[0], *told])


def test_one_that_is_given_up_lets_the_next_go_on(tell, receiver):
    _, second = tell(2)
    receiver.status = 500
    for hours in (0, 2, 4):
        deliver_due(at=NOON + hours * HOUR)

    assert list(Delivery.objects.order_by("id").values_list("status", "attempts")) == [("failed", 3), ("pending", 1)]
    assert ids(receiver)[-1] == str(second.uid)


def test_one_that_is_dropped_lets_the_next_go_on(tell, happen, receiver):
    subject = uuid.uuid4()
    tell(1, subject=subject, event=happen(gone=True))
    (second,) = tell(1, subject=subject)

    deliver_due(at=NOON)

    assert ids(receiver) == [str(second.uid)]


def test_tests_wait_for_nothing(endpoint, receiver):
    receiver.status = 500
    send_test(endpoint, topic="test", at=NOON)
    deliver_due(at=NOON)
    second = send_test(endpoint, topic="test", at=NOON)

    deliver_due(at=NOON)

    assert ids(receiver)[-1] == str(second.uid)


def test_another_endpoint_is_told_of_the_same_subject_meanwhile(acme, tell, receiver):
    subject = uuid.uuid4()
    receiver.status = 500
    tell(1, subject=subject)
    deliver_due(at=NOON)
    with receiving() as other:
        (told,) = tell(1, subject=subject, to=subscribe(acme, dialect=PLAIN, url=other.url, at=NOON))

        deliver_due(at=NOON)

        assert ids(other) == [str(told.uid)]


def test_what_waits_for_a_later_one_is_due_with_it(tell):
    first, *others = tell(3)
    Delivery.objects.filter(pk=first.pk).update(attempts=1, next_attempt_at=NOON + HOUR)
    (free,) = tell(1)

    assert postpone_waiting(at=NOON) == 2
    assert postpone_waiting(at=NOON) == 0

    rows = dict(Delivery.objects.values_list("pk", "next_attempt_at"))
    assert {rows[each.pk] for each in (first, *others)} == {NOON + HOUR}
    assert rows[free.pk] == NOON


def test_sending_the_first_anew_lets_the_others_follow(tell, receiver):
    first, *others = tell(3)
    Delivery.objects.filter(pk=first.pk).update(attempts=1, next_attempt_at=NOON + 9 * HOUR)
    postpone_waiting(at=NOON)

    redeliver(first, at=NOON + HOUR)
    deliver_due(at=NOON + HOUR)

    assert ids(receiver) == names([first, *others])


def test_each_call_names_its_message_in_a_header(tell, receiver):
    (told,) = tell(1)

    deliver_due(at=NOON)

    assert receiver.got[0]["headers"]["Webhook-Id"] == str(told.uid)
