import uuid

import pytest
from django.urls import reverse

from events.models import Attempt, Delivery
from events.services.endpoints import send_test, subscribe
from tests.cast import NOON
from tests.console import count_queries, make_staff, messages_of, sign_in
from tests.events.conftest import PLAIN

LIST = reverse("admin:events_delivery_changelist")


@pytest.fixture
def failed(endpoint) -> Delivery:
    delivery = send_test(endpoint, topic="happened", at=NOON)
    Attempt.objects.create(
        delivery=delivery, number=1, started_at=NOON, milliseconds=12, status_code=503, reply="oh no"
    )
    delivery.status, delivery.attempts, delivery.last_status, delivery.finished_at = "failed", 3, 503, NOON
    delivery.save()
    return delivery


def page_of(delivery) -> str:
    return reverse("admin:events_delivery_change", args=[delivery.pk])


def test_the_list_and_the_page_say_what_became_of_a_message(operator, failed):
    listed, page = (operator.get(address).content.decode() for address in (LIST, page_of(failed)))

    for told in ("happened", "Failed", "503", "https://hooks.example.com/x"):
        assert told in listed, told
        assert told in page, told
    assert "oh no" in page


def test_what_failed_is_sent_anew(operator, failed):
    response = operator.post(LIST, {"action": "redeliver_selected", "_selected_action": [failed.pk]}, follow=True)

    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.finished_at) == ("pending", 0, None)
    assert messages_of(response) == ["1 message is in line again and will be sent within seconds."]


def test_whoever_may_only_look_sends_nothing_anew(failed):
    client = sign_in(make_staff("vera", permission="view_delivery"))

    client.post(LIST, {"action": "redeliver_selected", "_selected_action": [failed.pk]})

    failed.refresh_from_db()
    assert failed.status == "failed"


def test_a_message_is_found_by_its_id_and_by_what_it_is_about(operator, acme, endpoint, failed, happen):
    event = happen()
    about = Delivery.objects.create(
        tenant=acme, endpoint=endpoint, event=event, subject=event.subject, topic="happened", next_attempt_at=NOON
    )

    def found(term) -> list[int]:
        return [each.pk for each in operator.get(LIST, {"q": str(term)}).context["cl"].result_list]

    assert found(failed.uid) == [failed.pk]
    assert found(event.subject) == [about.pk]
    assert found(uuid.uuid4()) == found("happened") == []


def test_the_list_of_one_endpoint_is_linked_from_it(operator, acme, endpoint, failed):
    other = subscribe(acme, dialect=PLAIN, url="https://other.example.com/", at=NOON)
    send_test(other, topic="happened", at=NOON)
    link = f"{LIST}?endpoint__id__exact={endpoint.pk}"

    page = operator.get(reverse("admin:events_webhookendpoint_change", args=[endpoint.pk]))

    assert link in page.content.decode()
    assert [each.pk for each in operator.get(link).context["cl"].result_list] == [failed.pk]


def test_three_deliveries_cost_as_much_as_one(operator, endpoint, failed):
    of_one = count_queries(operator, LIST)
    for _ in range(2):
        send_test(endpoint, topic="test", at=NOON)

    assert count_queries(operator, LIST) == of_one


def test_nobody_adds_or_deletes_one(operator, failed):
    assert operator.get(reverse("admin:events_delivery_add")).status_code == 403
    assert operator.post(reverse("admin:events_delivery_delete", args=[failed.pk]), {"post": "y"}).status_code == 403
