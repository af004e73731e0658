"""What a page costs, and its order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.models import Identifier, Referral
from referrals.services.people import note_identifier
from tests.api.saasquatch.worlds import add_user, bring_in
from tests.cast import NOON, pay

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


def test_the_latest_sign_up_comes_first_whatever_its_id(caller, alice):
    early, late = bring_in(alice, "dana"), bring_in(alice, "erin")
    Referral.objects.filter(pk=late.pk).update(attributed_at=NOON.replace(year=2025))

    shown = caller.get(f"{BASE}/referrals").json()["referrals"]

    assert [row["id"] for row in shown] == [early.uid.hex[:24], late.uid.hex[:24]]


def test_pages_join_without_a_gap(caller, alice):
    for number in range(7):
        bring_in(alice, f"friend{number}")

    pages = [caller.get(f"{BASE}/referrals?limit=3&offset={offset}").json() for offset in (0, 3, 6, 9)]

    assert [page["count"] for page in pages] == [3, 3, 1, 0]
    assert {page["totalCount"] for page in pages} == {7}
    assert len({row["id"] for page in pages for row in page["referrals"]}) == 7
