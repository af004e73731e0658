"""The feed: complete, in order, and a tenant's own."""

import json

import pytest

from events.models import Event, FeedEntry
from events.services.endpoints import subscribe
from events.services.fanning import fan_out
from events.services.formats import find_format
from tests.cast import NOON, make_member, make_program, make_referral, pay

pytestmark = pytest.mark.django_db(transaction=True)


def read(api, after: int = 0, limit: int = 50) -> dict:
    answer = api.get(f"events?after={after}&limit={limit}")
    assert answer.status_code == 200
    return answer.json()


def test_feed_tells_what_happened_in_order(api, alice):
    pay(make_referral(alice, "dana"), 100_00)

    page = read(api)

    assert [event["number"] for event in page["data"]] == list(range(1, Event.objects.count() + 1))
    assert (page["last"], page["has_more"]) == (Event.objects.count(), False)
    qualified = next(event for event in page["data"] if event["type"] == "referral.qualified")
    assert qualified["subject"].startswith("ref_")
    assert (qualified["before"], qualified["after"]) == ({"status": "attributed"}, {"status": "qualified"})


def test_pages_go_on_from_the_last_number(api, alice):
    make_referral(alice, "dana")
    seen, after = [], 0
    while True:
        page = read(api, after, limit=2)
        seen += [event["number"] for event in page["data"]]
        after = page["last"]
        if not page["has_more"]:
            break

    assert seen == list(range(1, Event.objects.count() + 1))
    assert read(api, after) == {"data": [], "last": after, "has_more": False}


def test_another_tenants_events_are_neither_told_nor_counted(api, alice, globex):
    charlie = make_member(make_program(globex), "charlie")
    make_referral(charlie, "dana")

    numbers = [event["number"] for event in read(api)["data"]]

    assert len(numbers) == Event.objects.filter(tenant=alice.tenant).count()
    theirs = Event.objects.filter(tenant=globex).first()
    assert api.get(f"events/evt_{theirs.uid.hex}").status_code == 404


def test_one_event(api, alice):
    event = read(api)["data"][0]

    assert api.get(f"events/{event['id']}").json() == event


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=201", "after=9223372036854775808"])
def test_what_is_no_place_in_the_feed_is_refused(api, alice, query):
    answer = api.get(f"events?{query}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("events", [1, 3])
def test_a_page_costs_the_same_however_many_are_on_it(api, alice, django_assert_max_num_queries, events):
    read(api)
    with django_assert_max_num_queries(14):
        assert len(read(api, FeedEntry.objects.count() - events)["data"]) == events


def test_webhooks_tell_the_same_as_the_feed(api, alice, settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    endpoint = subscribe(alice.tenant, dialect="vouch", url="http://127.0.0.1:9/x", secret="whsec_AAAA", at=NOON)
    pay(make_referral(alice, "dana"), 100_00)
    fan_out()

    told = [json.loads(find_format("vouch").compose(each)) for each in endpoint.deliveries.order_by("id")]

    since = told[0]["number"] - 1
    assert told == read(api, since)["data"]
