"""Lists of referrals, rewards and payouts: as many queries for one row as for three, and each order."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits.models import Reward
from credits.services.maturation import mature_early
from credits.services.outcomes import accept_referral, deny_referral, qualify_referral
from payouts.models import PayoutMethod
from payouts.services.issuing import issue_rewards
from referrals.models import Referral
from referrals.services.leads import add_lead
from tests.cast import NOON

BY = {"actor": "staff:bob"}
HOUR = timedelta(hours=1)


def add_lead_at(alice, number: int, **details) -> Referral:
    person = {"first_name": f"Friend {number}", "email": f"friend{number}@firm{number}.example"}
    amount = {"amount": number * 100, "currency": "USD"}
    return add_lead(alice.tenant, code="ALICE", person=person, at=NOON + number * HOUR, **BY, **amount, **details)


def approve(alice, number: int) -> Referral:
    return accept_referral(add_lead_at(alice, number), at=NOON + number * HOUR, **BY)


def issue(alice, number: int) -> None:
    """Everybody has their money by hand."""
    rewards = list(approve(alice, number).rewards.order_by("pk"))
    mature_early([reward.pk for reward in rewards], at=NOON + number * HOUR)
    manual = PayoutMethod.objects.get(program=alice.program, kind="manual")
    for reward in rewards:
        issue_rewards([reward], manual, at=NOON + number * HOUR, **BY)


LISTS = [
    ("/api/referrals", "referrals", add_lead_at, 7, 1),
    ("/api/referrals?query=alice&memberId={alice}&status=approved&sort=Amount_Desc", "referrals", approve, 12, 1),
    ("/api/rewards", "rewards", approve, 7, 2),
    ("/api/rewards?memberId={alice}&status=Issued&sort=Recipient_Name_Asc", "rewards", issue, 9, 2),
    ("/api/payouts/transactions", "payoutTransactions", issue, 4, 2),
    ("/api/payouts/transactions?recipientId={alice}", "payoutTransactions", issue, 5, 1),
    ("/api/payouts", "payouts", None, 2, 0),
    ("/api/payouts/pending?includeIneligible=true", "payoutsPending", approve, 3, 1),
    ("/api/rewardrules?programId=default", "", None, 5, 0),
]


@pytest.mark.parametrize("item_count", [1, 3])
@pytest.mark.parametrize(("path", "name", "add", "queries", "rows"), LISTS, ids=[each[0] for each in LISTS])
def test_a_list_takes_as_many_queries_whatever_its_length(caller, alice, item_count, path, name, add, queries, rows):
    path = path.format(alice=alice.uid)
    for number in range(1, 1 + item_count):
        if add:
            add(alice, number)
    caller.get(path)  # notes the use of the key, and finds the tenant's usage, once

    with CaptureQueriesContext(connection) as asked:
        answer = caller.get(path).json()

    assert len(answer[name] if name else answer) >= rows * item_count
    assert len(asked) == queries, "\n".join(query["sql"] for query in asked)


def order_of(caller, path: str, collection: str, field: str) -> list[object]:
    answer = caller.get(path).json()
    return [row[field] for row in answer[collection]]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", "3 2 1"),
        ("Create_Dt_Asc", "1 2 3"),
        ("Amount_Desc", "3 2 1"),
        ("amount_asc", "1 2 3"),
        ("Qualified_Dt_Desc", "3 2 1"),
        ("Qualified_Dt_Asc", "2 3 1"),
        ("Closed_Dt_Desc", "3 1 2"),
        ("Closed_Dt_Asc", "1 3 2"),
    ],
)
def test_orders_of_referrals(caller, alice, sort, names):
    """The first is denied, the second qualifies, and the third is approved, an hour after each other."""
    first, second = add_lead_at(alice, 1), add_lead_at(alice, 2)
    deny_referral(first, at=NOON + HOUR, **BY)
    Referral.objects.filter(pk=first.pk).update(ended_at=NOON + HOUR)
    qualify_referral(second, at=NOON + 2 * HOUR, **BY)
    approve(alice, 3)

    found = order_of(caller, f"/api/referrals?sort={sort}", "referrals", "firstName")

    assert found == [f"Friend {name}" for name in names.split()]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", "3 2 1"),
        ("Create_Dt_Asc", "1 2 3"),
        ("Reward_Action_Desc", "3 2 1"),
        ("Recipient_Name_Asc", "1 2 3"),
        ("Complete_Dt_Asc", "1 3 2"),
        ("Complete_Dt_Desc", "1 3 2"),
    ],
)
def test_orders_of_rewards(caller, alice, sort, names):
    """Those that the referred people have; only the first is issued."""
    issue(alice, 1)
    for number in (2, 3):
        approve(alice, number)

    rewards = caller.get(f"/api/rewards?sort={sort}").json()["rewards"]

    found = [reward["recipientName"] for reward in rewards if reward["type"] == "Referral"]
    assert found == [f"Friend {name}" for name in names.split()]


@pytest.mark.parametrize("status", ["pending", "qualified", "approved", "denied"])
def test_a_status_filters_what_it_shows(caller, alice, status):
    """Also of one that is approved though it earns nothing, and is a qualified one to us."""
    add_lead_at(alice, 1)
    qualify_referral(add_lead_at(alice, 2), at=NOON, **BY)
    deny_referral(add_lead_at(alice, 3), at=NOON, **BY)
    approve(alice, 4)
    alice.program.reward_rules.update(retired_at=NOON)
    assert approve(alice, 5).status == "qualified"
    shown = {row["firstName"]: row["status"] for row in caller.get("/api/referrals").json()["referrals"]}

    found = caller.get(f"/api/referrals?status={status}").json()

    assert {row["firstName"] for row in found["referrals"]} == {name for name, word in shown.items() if word == status}
    assert found["total"] == len(found["referrals"])
    counts = caller.get("/api/members").json()["members"][0]
    assert (counts["referrals"], counts["referralsApproved"], counts["referralsQualified"]) == (5, 2, 1)


def test_the_whole_list_is_in_its_pages(caller, alice):
    for number in range(1, 6):
        add_lead_at(alice, number)

    pages = [caller.get(f"/api/referrals?offset={offset}&count=2").json() for offset in (0, 2, 4, 6)]

    assert [row["firstName"] for page in pages for row in page["referrals"]] == [f"Friend {n}" for n in (5, 4, 3, 2, 1)]
    assert {page["total"] for page in pages} == {5}


def test_what_is_pending_is_what_the_rewards_come_to(caller, alice):
    """One row a recipient and payout; what was redeemed or is issued is not in it."""
    issue(alice, 1)
    for number in (2, 3):
        approve(alice, number)
    Reward.objects.filter(status="pending", side="referrer").update(redeemed_amount=10)

    rows = caller.get("/api/payouts/pending?includeIneligible=1").json()["payoutsPending"]

    shown = sorted((row["RecipientName"], row["rewardCount"], row["amount"]) for row in rows)
    assert shown == [("Alice Liddell", 2, 1.05), ("Friend 2", 1, 10.0), ("Friend 3", 1, 10.0)]
