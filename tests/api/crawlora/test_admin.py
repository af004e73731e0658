import json
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits.models import LedgerEntry, Reward
from credits.services.verdicts import reject_held
from referrals.models import Attribution, Referral
from tenants.services.usage import usage_of
from tests.api.crawlora.worlds import held, member, secret_of, set_full, sign_up, twins
from tests.cast import NOON, pay
from tests.flows.threads import run_together

PATH = "/api/v1/admin/referrals"


@pytest.fixture
def world(db):
    return held()


@pytest.fixture
def admin(world) -> Client:
    return Client(headers={"x-api-key": world["admin"]})


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def make_rewarded(world, number: int) -> Referral:
    referral = sign_up(world["alice"], f"user-{number}", number=number)
    pay(referral, 100_00, key=f"in_{number}")
    return referral


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("query", "queries"), [("", 6), ("?status=rewarded", 6), ("?user_id=user-2", 8)])
def test_a_list_costs_the_same_for_one_row_and_for_three(db, rows, query, queries):
    """The key, the referrals, their rewards, verdicts, reviews and clicks; and a person with their memberships."""
    world = member()
    for number in range(rows):
        make_rewarded(world, 100 + number)
    client = Client(headers={"x-api-key": world["admin"]})

    assert queries_of(client, PATH + query) == queries
    assert len(client.get(PATH + query).json()["data"]["items"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("/api/v1/referrals/me", 15), ("/api/v1/referrals/me/events", 6)])
def test_a_members_lists_cost_the_same_for_one_row_and_for_three(db, rows, path, queries):
    world = member()
    for number in range(rows):
        make_rewarded(world, 100 + number)
    client = Client(headers={"Authorization": f"Token {world['token']}"})

    assert queries_of(client, path) == queries
    assert len(client.get(path).json()["data"]["items"]) == rows


def test_list_is_clamped_at_a_hundred(world, admin):
    for number in range(101):
        sign_up(world["alice"], f"more-{number}", number=number)

    assert [len(admin.get(f"{PATH}?limit={limit}").json()["data"]["items"]) for limit in (100, 101)] == [100, 100]
    assert len(admin.get(PATH).json()["data"]["items"]) == 50


def test_rejection_is_one_everywhere(world, admin):
    admin.post(f"{PATH}/{world['referral']}/reject", {"reason": "shared card"}, content_type="application/json")

    referral = Referral.objects.get(uid=world["referral"])
    assert (referral.status, referral.referrer_moderation, referral.referred_moderation) == (
        "rejected",
        "DENIED",
        "DENIED",
    )
    assert (Reward.objects.count(), LedgerEntry.objects.count()) == (0, 0)


def test_what_another_interface_decided_shows_here(world, admin):
    reject_held(world["held"], actor="staff:bob", at=NOON, reason="seen it before")

    shown = admin.get(f"{PATH}/{world['referral']}").json()["data"]["attribution"]
    assert (shown["status"], shown["reviewed_by"], shown["review_reason"]) == (
        "rejected",
        "staff:bob",
        "seen it before",
    )


def test_of_another_tenant_nothing_can_be_decided(db):
    world = twins()
    client = Client(headers={"x-api-key": world["admin"]})
    before = list(Referral.objects.order_by("pk").values())

    for verb in ("approve", "reject"):
        assert client.post(f"{PATH}/{world['referral']}/{verb}").status_code == 404
    assert list(Referral.objects.order_by("pk").values()) == before


def test_only_what_succeeds_costs_a_credit(world, admin):
    admin.get(PATH)
    admin.get(f"{PATH}/attr-7")
    admin.get(f"{PATH}?limit=0")
    admin.post(f"{PATH}/{world['referral']}/reject", {"reason": 7}, content_type="application/json")

    assert usage_of(world["tenant"], at=timezone.now()) == (1, 1)


def test_members_token_spends_the_tenants_credits(world):
    client = Client(headers={"Authorization": f"Token {world['token']}"})
    client.get("/api/v1/referrals/me")
    client.get("/api/v1/referrals/me/events?limit=0")
    client.get(PATH)

    assert usage_of(world["tenant"], at=timezone.now()) == (1, 1)


def test_fault_of_ours_comes_in_the_envelope_too(world, admin):
    """A view that is not there stands for whatever we did not foresee."""
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW referrals_touches_counted")

    with transaction.atomic():
        response = admin.get(f"{PATH}/stats")
        transaction.set_rollback(True)

    assert (response.status_code, response.json()) == (500, {"code": 500, "msg": "internal server error", "data": None})
    assert usage_of(world["tenant"], at=timezone.now()) == (0, 0)


HOSTILE = [
    '"\\u0000"',
    '"\\ud800"',
    "1e400",
    "true",
    "[]",
    "{}",
    '[["x"]]',
    '""',
    '" "',
    '"\\u202e"',
    '"' + "x" * 501 + '"',
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_reason_is_a_fault_of_ours(world, admin, value):
    response = admin.post(
        f"{PATH}/{world['referral']}/reject", f'{{"reason": {value}}}', content_type="application/json"
    )

    assert response.status_code in {200, 400}
    assert response.json()["code"] == response.status_code


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["code", "click_id", "landing_path", "utm_campaign"])
def test_no_value_of_a_click_is_a_fault_of_ours(world, field, value):
    body = json.dumps({"code": "9F0C21AB77D3", field: "@"}).replace('"@"', value)
    before = Attribution.objects.count()

    response = Client().post("/api/v1/referrals/click", body, content_type="application/json")

    assert response.status_code in {200, 400}
    assert response.json()["code"] == response.status_code
    assert Attribution.objects.count() == before + (response.status_code == 200)


@pytest.mark.parametrize(
    "query", ["user_id=%00", "user_id=%ED%A0%80", "limit=1e3", "limit=" + "9" * 2000, "campaign=%F0"]
)
def test_no_query_is_a_fault_of_ours(admin, query):
    assert admin.get(f"{PATH}?{query}").status_code in {200, 400}


def test_clicks_of_no_valid_kind_do_not_count(db):
    world = member()
    client = Client(headers={"User-Agent": "Googlebot/2.1"})
    client.post("/api/v1/referrals/click", {"code": "9F0C21AB77D3"}, content_type="application/json")

    stats = Client(headers={"x-api-key": world["admin"]}).get(f"{PATH}/stats").json()["data"]
    assert (stats["clicks"], Attribution.objects.count()) == (0, 1)


def test_sign_ups_count_until_and_without_the_last_instant(db):
    world = member()
    sign_up(world["alice"], "user-8")
    client = Client(headers={"x-api-key": world["admin"]})

    def count(**bounds) -> int:
        return client.get(f"{PATH}/stats", bounds).json()["data"]["attributed"]

    assert count(**{"from": NOON.isoformat()}) == 1
    assert count(to=NOON.isoformat()) == 0
    assert count(to=(NOON + timedelta(microseconds=1)).isoformat()) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_approvals_at_once_grant_once():
    world = held()
    keys = [secret_of(world["tenant"], "admin") for _ in range(20)]

    def approve(number: int) -> tuple[int, str]:
        response = Client(headers={"x-api-key": keys[number]}).post(f"{PATH}/{world['referral']}/approve")
        return response.status_code, response.json()["data"]["attribution"]["status"]

    assert Counter(run_together(20, approve)) == {(200, "rewarded"): 20}
    assert (Reward.objects.count(), LedgerEntry.objects.count()) == (2, 2)


def test_failed_grant_is_shown_until_it_is_recovered(db):
    world = member()
    set_full(full=True)
    make_rewarded(world, 100)
    set_full(full=False)
    client = Client(headers={"x-api-key": world["admin"]})

    def pending() -> int:
        return len(client.get(f"{PATH}?pending_grant=true").json()["data"]["items"])

    assert pending() == 1
    assert client.post(f"{PATH}/recover").json()["data"] == {"attempted": 1, "recovered": 1, "errors": []}
    assert pending() == 0
