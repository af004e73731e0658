"""What a page costs, and its order."""

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from referrals.models import Identifier, Person, Referral
from referrals.services.people import note_identifier
from tests.api.saasquatch.worlds import add_user, bring_in
from tests.cast import NOON, pay
from tests.credits.bulk import add_credits

BASE = "/api/v1/acme"


def queries_of(caller, path: str) -> tuple[int, int]:
    """How many rows a page has, and how many queries it takes."""
    assert caller.get(path).status_code == 200  # notes the use of the key, and finds the tenant's usage, once
    with CaptureQueriesContext(connection) as queries:
        answer = caller.get(path).json()
    return (len(answer) if isinstance(answer, list) else answer["count"]), len(queries)


def bring_in_with_everything(alice, name: str) -> Referral:
    """A referral with signals, rewards of both sides and a Stripe customer."""
    referral = bring_in(alice, name, email="alice@alice.example")
    note_identifier(referral.referred, Identifier.Kind.STRIPE_CUSTOMER, f"cus_{name}", at=NOON)
    pay(referral, 10_00)
    return referral


@pytest.mark.parametrize("item_count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (f"{BASE}/referrals", 10),
        (f"{BASE}/referrals?referringAccountId=alice-co", 12),
        (f"{BASE}/open/referrals?referringAccountId=alice-co&referringUserId=alice", 12),
        (f"{BASE}/reward?accountId=alice-co", 4),
        (f"{BASE}/reward/balance?accountId=alice-co", 3),
    ],
)
def test_a_page_takes_as_many_queries_for_three_rows_as_for_one(caller, alice, path, queries, item_count):
    for number in range(item_count):
        pay(bring_in(alice, f"friend{number}"), 10_00)

    rows, taken = queries_of(caller, path)

    assert rows == (1 if "balance" in path else item_count)
    assert taken == queries


@pytest.mark.parametrize("item_count", [1, 3])
def test_signals_and_customers_come_with_the_page(caller, alice, item_count):
    for number in range(item_count):
        bring_in_with_everything(alice, f"friend{number}")

    rows, taken = queries_of(caller, f"{BASE}/referrals")

    assert (rows, taken) == (item_count, 9)  # held, so there are no rewards and nothing of them to look for


@pytest.mark.parametrize("item_count", [1, 3])
def test_users_take_six_queries(caller, alice, item_count):
    for number in range(item_count - 1):
        add_user(alice.tenant, f"friend{number}")

    assert queries_of(caller, f"{BASE}/users") == (item_count, 6)


def test_the_latest_told_comes_first_also_where_it_was_told_late(caller, alice):
    first, then = bring_in(alice, "dana"), bring_in(alice, "erin")
    Referral.objects.filter(pk=then.pk).update(attributed_at=NOON.replace(year=2025))

    shown = caller.get(f"{BASE}/referrals").json()["referrals"]

    assert [row["id"] for row in shown] == [then.uid.hex[:24], first.uid.hex[:24]]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "referringAccountId=alice-co",
        "referringAccountId=alice-co&referringUserId=alice&referrerModerationStatus=PENDING",
        "referrerModerationStatus=PENDING",
        "referredModerationStatus=DENIED&referrerModerationStatus=PENDING",
        "referringAccountId=nobody",
        "dateReferralPaid=0,1900000000000",
        "dateReferralPaid=0,1900000000000&referrerModerationStatus=PENDING",
    ],
)
def test_pages_join_without_a_gap(caller, alice, query):
    add_credits(alice, referrals=2100)  # ids of three blocks or four
    mix_moderation()
    rows = narrow(Referral.objects.filter(removed_at=None), query)
    expected = [uid.hex[:24] for uid in rows.order_by("-pk").values_list("uid", flat=True)]

    for offset in (0, 3, 512, 1023, 1500, 1720, len(expected)):
        page = caller.get(f"{BASE}/referrals?{query}&limit=500&offset={offset}").json()
        assert page["totalCount"] == len(expected)
        assert [row["id"] for row in page["referrals"]] == expected[offset : offset + 500]


def mix_moderation() -> None:
    Referral.objects.annotate(third=F("pk") % 3).filter(third=0).update(referrer_moderation="PENDING")
    Referral.objects.annotate(half=F("pk") % 2).filter(half=0).update(referred_moderation="DENIED")
    Referral.objects.annotate(fifth=F("pk") % 5).filter(fifth=0).update(removed_at=NOON)


def narrow(rows: QuerySet[Referral], query: str) -> QuerySet[Referral]:
    rows = rows.none() if "nobody" in query else rows
    rows = rows.filter(qualified_at__isnull=False) if "dateReferralPaid" in query else rows
    rows = rows.filter(referrer_moderation="PENDING") if "PENDING" in query else rows
    return rows.filter(referred_moderation="DENIED") if "DENIED" in query else rows


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_pages_of_users_join_without_a_gap(caller, acme, limit):
    for number in range(8):
        add_user(acme, f"friend{number}")
    Person.objects.filter(external_id__in=["friend2", "friend5"]).update(removed_at=NOON)
    Person.objects.filter(external_id="friend3").update(external_id=None)
    expected = ["friend7", "friend6", "friend4", "friend1", "friend0", "alice"]

    for offset in range(8):
        page = caller.get(f"{BASE}/users?limit={limit}&offset={offset}").json()
        assert page["totalCount"] == len(expected)
        assert [row["id"] for row in page["users"]] == expected[offset : offset + limit]
