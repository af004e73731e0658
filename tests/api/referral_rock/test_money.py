"""Where money moves at once: twenty callers who want the same thing get it once."""

from functools import partial
from itertools import chain

import pytest
from django.test import Client

from credits.models import LedgerEntry, Reward
from credits.services.books import check_books
from payouts.models import Payout, PayoutMethod
from referrals.models import Action, Person, Referral
from tests.api.referral_rock.referral_worlds import LATER, available, dana, dana_qualified
from tests.cast import NOON
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 20


def ask_at_once(world, path: str, body: object) -> list[object]:
    client = partial(Client().post, path, body, content_type="application/json")
    headers = {"Authorization": f"Basic {world['key']}"}
    answers = run_at_once(*[partial(client, headers=headers)] * CALLERS)
    assert {answer.status_code for answer in answers} <= {200, 201}, answers
    return [answer.json() for answer in answers]


def test_twenty_who_issue_one_reward_pay_it_once():
    world = available()

    answers = ask_at_once(world, "/api/rewards/issue", {"rewardId": world["reward"]})

    assert sorted(answer["resultInfo"]["Status"] for answer in answers) == ["Failed"] * 19 + ["Success"]
    assert [payout.amount for payout in Payout.objects.all()] == [30_00]
    assert LedgerEntry.objects.filter(kind="pay").count() == 1
    assert check_books(at=LATER).ok


def test_twenty_who_issue_all_that_is_pending_pay_each_once():
    world = available()

    answers = ask_at_once(world, "/api/payouts/transactions", {"payoutId": world["manual"]})

    results = list(chain.from_iterable(answer["issuePayoutTransactionResults"] for answer in answers))
    assert sorted(each["payoutTransaction"]["amount"] for each in results if each["payoutTransaction"]) == [10.0, 30.0]
    assert sorted(Payout.objects.values_list("amount", flat=True)) == [10_00, 30_00]
    assert set(Reward.objects.values_list("status", flat=True)) == {"issued"}
    assert check_books(at=LATER).ok


def test_one_and_all_at_once_pay_once():
    world = available()
    headers = {"Authorization": f"Basic {world['key']}"}
    one = ("/api/rewards/issue", {"rewardId": world["reward"]})
    every = ("/api/payouts/transactions", {"payoutId": world["manual"]})

    calls = [partial(Client().post, *each, content_type="application/json", headers=headers) for each in (one, every)]
    answers = run_at_once(*calls * 10)

    assert {answer.status_code for answer in answers} == {200}
    assert sorted(Payout.objects.values_list("amount", flat=True)) == [10_00, 30_00]
    assert check_books(at=LATER).ok


def test_twenty_who_approve_grant_once():
    world = dana()
    item = {"query": {"primaryInfo": {"referralId": world["referral"]}}, "referral": {"status": "approved"}}

    answers = ask_at_once(world, "/api/referral/update", [item])

    assert {answer[0]["resultInfo"]["Status"] for answer in answers} == {"Succeeded"}
    assert {answer[0]["referral"]["status"] for answer in answers} == {"approved"}
    assert sorted(Reward.objects.values_list("amount", flat=True)) == [10_00, 30_00]
    assert check_books(at=NOON).ok


def test_twenty_who_report_one_action_earn_once():
    world = dana_qualified()
    body = {"amount": 40, "referralQuery": world["referral"], "externalIdentifier": "inv-1"}

    answers = ask_at_once(world, "/api/referralaction", body)

    assert (
        sorted(answer["message"] for answer in answers)
        == ["Referral Action Added"] + ["Referral Action Already Added"] * 19
    )
    assert Action.objects.count() == 1
    assert sorted(Reward.objects.values_list("amount", flat=True)) == [10_00, 10_00]


def test_twenty_who_tell_of_one_lead_add_one():
    world = dana()
    people = Person.objects.count()

    answers = ask_at_once(world, "/api/referrals", {"referralCode": "ALICE", "email": "lee@buyer.example"})

    known = "That person already has a live referral in this program."
    assert sorted(answer["message"] for answer in answers) == ["Referral Added"] + [known] * 19
    assert (Referral.objects.count(), Person.objects.count()) == (2, people + 1)


def test_twenty_who_remove_one_reward_take_it_back_once():
    world = available()

    answers = ask_at_once(world, "/api/rewards/remove", [world["reward"]])

    assert "Success" in {answer[0]["resultInfo"]["Status"] for answer in answers}
    assert LedgerEntry.objects.filter(kind="revert").count() == 1
    assert check_books(at=LATER).ok


def test_a_method_pays_what_it_is_chosen_for_alone():
    """What goes by another payout stays owed."""
    world = available()
    Reward.objects.filter(pk=world["danas_row"].pk).update(method_uid=PayoutMethod.objects.get(uid=world["credit"]).uid)

    answers = ask_at_once(world, "/api/payouts/transactions", {"payoutId": world["manual"]})

    assert sum(len(answer["issuePayoutTransactionResults"]) for answer in answers) >= 1
    assert list(Payout.objects.values_list("amount", flat=True)) == [30_00]
