import base64
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credits.models import Reward
from tenants.models import Plan
from tenants.services.keys import create_key
from tests.api.webshare.worlds import make_coupon, refer_by, three_credits, token_of
from tests.cast import NOON, make_referral, pay

LIST = "/api/v2/referral/credit/"


def ids(response) -> list[int]:
    assert response.status_code == 200, response.content
    return [credit["id"] for credit in response.json()["results"]]


@pytest.mark.parametrize("item_count", [1, 3])
def test_a_list_takes_three_queries(reader, payer, item_count):
    """The key with its tenant and person, the count, the page."""
    coupon = make_coupon(payer, "SUMMER20")
    for number in range(item_count):
        pay(refer_by(coupon, f"friend{number}"), 10_00)
    reader.get(LIST)  # notes the use of the key, and finds the tenant's usage, once

    with CaptureQueriesContext(connection) as queries:
        response = reader.get(LIST)

    assert len(ids(response)) == item_count
    assert len(queries) == 3


def test_a_credit_takes_two_queries(reader, payer):
    referral = make_referral(payer, "dana")
    pay(referral, 10_00)
    path = f"{LIST}{referral.rewards.get().pk}/"
    reader.get(path)

    with CaptureQueriesContext(connection) as queries:
        assert reader.get(path).status_code == 200

    assert len(queries) == 2


@pytest.mark.parametrize("status", ["available", "processing", "issued"])
def test_what_is_being_paid_out_is_shown_as_available(reader, payer, status):
    referral = make_referral(payer, "dana")
    pay(referral, 10_00)
    Reward.objects.update(status=status, available_at=NOON + timedelta(days=30))

    credit = reader.get(LIST, {"status": "available"}).json()["results"][0]

    assert credit["status"] == "available"
    assert ids(reader.get(LIST, {"status": "pending"})) == []


def test_sorting_by_status_goes_by_the_word_shown(reader, payer):
    for name, status in {"d": "reverted", "e": "issued", "f": "pending", "g": "available", "h": "processing"}.items():
        pay(make_referral(payer, name * 4), 10_00)
        newest = Reward.objects.order_by("-pk")[:1].values("pk")
        times = {"reverted_at": NOON} if status == "reverted" else {}
        Reward.objects.filter(pk__in=newest).update(status=status, **times)

    response = reader.get(LIST, {"ordering": "status,id"})

    shown = [credit["status"] for credit in response.json()["results"]]
    assert shown == ["available", "available", "available", "pending", "reverted"]


def test_only_dollars_are_credits(reader, payer):
    pay(make_referral(payer, "dana"), 10_00, currency="EUR")
    dollars = make_referral(payer, "erin")
    pay(dollars, 10_00)
    euro = Reward.objects.get(currency="EUR")

    assert ids(reader.get(LIST)) == [dollars.rewards.get().pk]
    assert reader.get(f"{LIST}{euro.pk}/").status_code == 404


def test_an_amount_is_a_number_of_dollars(reader, payer):
    pay(make_referral(payer, "dana"), 4 * 10**14 + 4)

    response = reader.get(LIST)

    assert b'"amount":1000000000000.01,' in response.content


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status__in": "available,reverted"}, ["of_dana"]),
        ({"mode__in": "payout,credits"}, ["of_finn", "of_erin", "of_dana"]),
        ({"mode__in": "payout"}, ["of_finn"]),
        ({"amount__gt": "2.49"}, ["of_erin", "of_dana"]),
        ({"amount__gt": "2.5"}, ["of_erin"]),
        ({"amount__gt": "2.495"}, ["of_erin", "of_dana"]),
        ({"amount__lt": "2.5"}, ["of_finn"]),
        ({"amount__lt": "2.505"}, ["of_finn", "of_dana"]),
        ({"amount__gt": "1" + "0" * 40}, []),
        ({"created_at__lt": "2026-06-01T12:00:00Z"}, []),
        ({"created_at__gt": "2026-06-01T11:59:59.999999+00:00"}, ["of_finn", "of_erin", "of_dana"]),
        ({"updated_at__gt": "2026-06-02"}, ["of_dana"]),
        ({"reverted_at__lt": "2030-01-01"}, []),
        ({"id__gt": "9" * 40}, []),
    ],
)
def test_operators(db, query, expected):
    world = three_credits()
    response = Client(headers={"Authorization": f"Token {world['token']}"}).get(LIST, query)

    assert ids(response) == [world[name] for name in expected]


def test_operators_on_ids(db):
    world = three_credits()
    reader = Client(headers={"Authorization": f"Token {world['token']}"})

    assert ids(reader.get(LIST, {"id__in": f"{world['of_dana']},{world['of_finn']}"})) == [
        world["of_finn"],
        world["of_dana"],
    ]
    assert ids(reader.get(LIST, {"id__lt": world["of_erin"]})) == [world["of_dana"]]
    assert ids(reader.get(LIST, {"user_id": world["erin"]})) == [world["of_erin"]]
    assert ids(reader.get(LIST, {"user_id__in": f"{world['erin']},{world['dana']}"})) == [
        world["of_erin"],
        world["of_dana"],
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("status__in", "available,nonsense", "invalid_choice"),
        ("id__in", "1,x", "invalid"),
        ("id__gt", "1.5", "invalid"),
        ("user_id", "x", "invalid"),
        ("amount__gt", "NaN", "invalid"),
        ("amount__lt", "Infinity", "invalid"),
        ("amount__gt", "1e400", "max_value"),
        ("created_at__gt", "yesterday", "invalid"),
        ("created_at__lt", "2026-02-30", "invalid"),
    ],
)
def test_a_bad_operand_is_named(reader, name, value, code):
    response = reader.get(LIST, {name: value})

    assert response.status_code == 400
    assert [(field, error["code"]) for field, errors in response.json().items() for error in errors] == [(name, code)]


@pytest.mark.parametrize("name", ["created_at__gt", "reverted_at__lt"])
@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01"])
def test_the_ends_of_time_break_nothing(reader, name, value):
    assert reader.get(LIST, {name: value}).status_code in {200, 400}


@pytest.mark.parametrize("query", ["page_size=101", "page_size=999999999999999999999", "page_size=0", "page_size=-1"])
def test_a_page_has_at_most_a_hundred_rows(reader, payer, query):
    referral = make_referral(payer, "dana")
    for _ in range(26):
        pay(referral, 4)

    size = len(ids(reader.get(f"{LIST}?{query}")))

    assert size == (26 if "9" in query or "101" in query else 25)


@pytest.mark.parametrize("style", ["Token {secret}", "Bearer {secret}", "token {secret}", "Basic {basic}"])
def test_a_key_is_taken_in_every_style(acme, style):
    issued = create_key(acme, scopes=["read"], at=NOON)
    basic = base64.b64encode(f"{issued.key.public_key}:{issued.secret}".encode()).decode()

    response = Client().get(LIST, headers={"Authorization": style.format(secret=issued.secret, basic=basic)})

    assert ids(response) == []


def test_over_the_plans_rate_it_says_when_to_come_back(acme, reader):
    Plan.objects.filter(pk=acme.plan_id).update(calls_per_minute=1)
    answers = [reader.get(LIST) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].json() == {"detail": "Request was throttled."}
    assert 0 < int(answers[1]["Retry-After"]) <= 60


def test_a_head_has_the_headers_alone(reader):
    response = reader.head(LIST)

    assert (response.status_code, response.content) == (200, b"")


def test_a_key_of_another_tenant_reads_nothing(acme, globex, payer):
    pay(make_referral(payer, "dana"), 10_00)

    response = Client(headers={"Authorization": f"Token {token_of(globex)}"}).get(LIST)

    assert response.json() == {"count": 0, "next": None, "previous": None, "results": []}
