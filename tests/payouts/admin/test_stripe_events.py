import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from payouts.models import StripeEvent
from tests.cast import NOON
from tests.console import make_staff, messages_of, sign_in

LIST = reverse("admin:payouts_stripeevent_changelist")
Status = StripeEvent.Status


@pytest.fixture
def operator(db):
    return sign_in(make_staff("olga", group="Operator"))


def make_event(tenant, number: int = 1, **fields: object) -> StripeEvent:
    times = {"created_at": NOON, "received_at": NOON, "next_attempt_at": NOON}
    known = {"event_id": f"evt_{number}", "object_id": f"in_{number}", "type": "invoice.paid", "livemode": False}
    return StripeEvent.objects.create(tenant=tenant, **{"payload": {}} | known | times | fields)


def page_of(event: StripeEvent, name: str = "change") -> str:
    return reverse(f"admin:payouts_stripeevent_{name}", args=[event.pk])


def test_an_event_is_put_back_in_line_from_its_page(operator, acme):
    event = make_event(acme, status=Status.DEAD, attempts=12)

    response = operator.post(page_of(event, "replay"), follow=True)

    event.refresh_from_db()
    assert (event.status, event.attempts) == (Status.RECEIVED, 0)
    assert messages_of(response) == ["evt_1 is back in line and will be handled within seconds."]


def test_several_events_are_replayed_from_the_list(operator, acme):
    events = [make_event(acme, number, status=Status.FAILED) for number in (1, 2)]
    left = make_event(acme, 3, status=Status.DEAD)
    form = {"action": "replay_selected", "index": "0", ACTION_CHECKBOX_NAME: [event.pk for event in events]}

    response = operator.post(LIST, form, follow=True)

    assert messages_of(response) == ["2 events are back in line and will be handled within seconds."]
    assert StripeEvent.objects.filter(status=Status.RECEIVED).count() == 2
    left.refresh_from_db()
    assert left.status == Status.DEAD


def test_replaying_is_a_post_of_those_who_may(operator, acme, db):
    event = make_event(acme, status=Status.DEAD)
    viewer = sign_in(make_staff("victor", permission="view_stripeevent"))

    assert operator.get(page_of(event, "replay")).status_code == 405
    assert viewer.get(page_of(event)).status_code == 200
    assert viewer.post(page_of(event, "replay")).status_code == 403
    event.refresh_from_db()
    assert event.status == Status.DEAD


def test_an_event_cannot_be_edited(operator, acme):
    event = make_event(acme)

    operator.post(page_of(event), {"status": "handled", "type": "x"})

    event.refresh_from_db()
    assert (event.status, event.type) == (Status.RECEIVED, "invoice.paid")


def test_what_stripe_sent_is_shown_and_escaped(operator, acme):
    event = make_event(acme, payload={"email": "<script>alert(1)</script>"}, error="<b>boom</b>")

    html = operator.get(page_of(event)).content.decode()

    assert "<script>alert" not in html
    assert "&quot;email&quot;: &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;" in html
    assert "&lt;b&gt;boom&lt;/b&gt;" in html


def test_a_list_does_not_load_what_stripe_sent(operator, acme):
    make_event(acme)

    with CaptureQueriesContext(connection) as captured:
        assert operator.get(LIST).status_code == 200

    assert [query["sql"] for query in captured if '"payload"' in query["sql"]] == []


@pytest.mark.parametrize(("query", "found"), [("evt_2", [2]), ("in_1", [1]), ("in_9", [])])
def test_search_by_event_and_object(operator, acme, query, found):
    numbers = {make_event(acme, number).pk: number for number in (1, 2)}

    rows = operator.get(f"{LIST}?q={query}").context["cl"].result_list

    assert [numbers[event.pk] for event in rows] == found


def test_a_reviewer_has_no_business_with_events(desk, acme):
    assert desk.get(LIST).status_code == 403
