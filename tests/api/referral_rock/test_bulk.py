"""A thousand items: each by itself, one result each, in a bounded number of queries."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from credits.models import Reward
from credits.services.books import check_books
from payouts.models import Payout, PayoutMethod
from referrals.models import Program, Referral
from tests.api.referral_rock.test_lists import add_lead_at, approve
from tests.cast import NOON

ITEMS, LEADS, BROKEN = 1000, 50, 500
MOST_TO_APPROVE = 90


@contextmanager
def counting() -> Iterator[list[str]]:
    """What is asked of the database meanwhile, however much it is."""
    asked: list[str] = []

    def note(execute, sql, *args):
        asked.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        yield asked


def send(caller, path: str, body: list[object]) -> tuple[list[dict], float]:
    """The results, and how many queries an item took."""
    with counting() as asked:
        answer = caller.generic("POST", path, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content[:500]
    results = answer.json()
    assert [number for number, each in enumerate(results) if each["resultInfo"]["Status"] == "Failed"] == [BROKEN]
    return results, len(asked) / len(body)


def by_id(uid: str) -> dict[str, object]:
    return {"primaryInfo": {"referralId": uid}}


def by_email(uid: str) -> dict[str, object]:
    number = Referral.objects.get(uid=uid).referred.first_name.split()[1]
    email = f"friend{number}@firm{number}.example"
    return {"secondaryInfo": {"email": email}, "tertiaryInfo": {"ProgramName": "default"}}


@pytest.fixture
def leads(alice) -> list[str]:
    """The ids of fifty, each twenty times, and in the midst one that nobody has. So many at once are no risk here."""
    Program.objects.filter(pk=alice.program_id).update(risk_level="custom", review_score=1000)
    uids = [str(add_lead_at(alice, number).uid) for number in range(1, 1 + LEADS)] * (ITEMS // LEADS)
    return [*uids[:BROKEN], "00000000-0000-4000-8000-000000000000", *uids[BROKEN + 1 :]]


def test_a_thousand_items_describe_referrals(caller, leads):
    items = [
        {"query": by_id(uid), "referral": {"note": f"call {number}", "amount": 40}} for number, uid in enumerate(leads)
    ]
    noted, queries = send(caller, "/api/referral/update", items)

    assert [each["query"]["primaryInfo"]["referralId"] for each in noted] == leads
    notes = {number: each["referral"]["note"] for number, each in enumerate(noted) if each["referral"]}
    assert notes == {number: f"call {ITEMS - LEADS + number % LEADS}" for number in notes}  # as it is after all
    assert queries < 16


def test_a_thousand_items_approve_each_referral_once(caller, leads):
    items = [{"query": by_id(uid), "referral": {"status": "approved", "amount": 40}} for uid in leads]
    approved, _ = send(caller, "/api/referral/update", items)

    assert {each["referral"]["status"] for each in approved if each["referral"]} == {"approved"}
    assert sorted(Reward.objects.values_list("amount", flat=True)) == [10_00] * 2 * LEADS
    assert check_books(at=NOON).ok


def test_an_approval_takes_a_bounded_number_of_queries(caller, leads):
    items = [{"query": by_email(uid), "referral": {"status": "approved"}} for uid in leads[:LEADS]]

    with counting() as asked:
        caller.post("/api/referral/update", items, content_type="application/json")

    assert Reward.objects.count() == 2 * LEADS
    assert len(asked) / LEADS < MOST_TO_APPROVE


def test_a_thousand_items_remove_each_referral_once(caller, leads, acme):
    items = [{"query": by_id(uid)} for uid in leads[LEADS:]]
    answer = caller.generic("DELETE", "/api/referral/remove", json.dumps(items), content_type="application/json").json()

    statuses = [each["resultInfo"]["Status"] for each in answer]
    assert (statuses[:LEADS], set(statuses[LEADS:])) == (["Success"] * LEADS, {"Failed"})
    assert Referral.objects.for_tenant(acme).count() == 0


def test_a_thousand_rewards_are_given(caller, alice):
    manual = str(PayoutMethod.objects.get(program=alice.program, kind="manual").uid)
    item = {"memberQuery": {"primaryInfo": {"memberId": str(alice.uid)}}}
    told = {"payoutId": manual, "eligibilityDate": "2096-01-02"}
    amounts = [-1 if number == BROKEN else number + 1 for number in range(ITEMS)]

    given, queries = send(
        caller, "/api/rewards", [{**item, "newReward": {**told, "amount": amount}} for amount in amounts]
    )

    assert [each["reward"]["amount"] for each in given if each["reward"]] == [each for each in amounts if each > 0]
    assert (Reward.objects.count(), queries < 13) == (ITEMS - 1, True)
    assert check_books(at=NOON).ok


def test_rewards_are_changed_and_removed_each_by_itself(caller, alice):
    approve(alice, 1)
    manual = str(PayoutMethod.objects.get(program=alice.program, kind="manual").uid)
    rewards = [str(uid) for uid in Reward.objects.order_by("id").values_list("uid", flat=True)]
    ids = [*rewards[:1] * BROKEN, "nobody's", *rewards[1:] * (ITEMS - BROKEN - 1)]
    items = [{"rewardId": uid, "payoutId": manual, "amount": 7, "description": "more"} for uid in ids]

    changed, queries = send(caller, "/api/rewards/update", items)
    assert {(each["reward"]["amount"], each["reward"]["payoutId"]) for each in changed if each["reward"]} == {
        (7.0, manual)
    }
    assert queries < 16

    answer = caller.generic("POST", "/api/rewards/remove", json.dumps(rewards), content_type="application/json").json()
    assert {each["resultInfo"]["Status"] for each in answer} == {"Success"}
    assert Reward.objects.standing().count() == 0
    assert check_books(at=NOON).ok


def test_more_than_a_thousand_are_refused_before_anything_is_done(caller, alice):
    referral = add_lead_at(alice, 1)
    item = {"query": by_id(str(referral.uid)), "referral": {"note": "called"}}

    answer = caller.post("/api/referral/update", [item] * (ITEMS + 1), content_type="application/json")

    assert (answer.status_code, answer.json()) == (400, {"message": "Send at most 1000 items."})
    referral.refresh_from_db()
    assert not hasattr(referral, "details") or referral.details.note == ""


def test_payouts_to_many_take_a_bounded_number_of_queries_each(caller, alice):
    """Alice and thirty who came by her have something."""
    Program.objects.filter(pk=alice.program_id).update(risk_level="custom", review_score=1000)
    alice.refresh_from_db()
    for number in range(1, 31):
        approve(alice, number)
    manual = PayoutMethod.objects.get(program=alice.program, kind="manual")
    Reward.objects.update(method_uid=manual.uid)
    body = {"payoutId": str(manual.uid)}

    with counting() as asked:
        path = "/api/payouts/transactions?overrideIneligible=true"
        answer = caller.post(path, body, content_type="application/json").json()

    results = answer["issuePayoutTransactionResults"]
    assert {each["resultInfo"]["Status"] for each in results} == {"Success"}
    assert (answer["total"], Payout.objects.filter(status="completed").count()) == (31, 31)
    assert len(asked) / 31 < 36
    assert set(Reward.objects.values_list("status", flat=True)) == {"issued"}
    assert check_books(at=NOON).ok
