"""A tenant reports what a referred person did."""

import pytest

from credits.errors import InvalidAmount
from credits.services.reporting import report_action
from referrals.models import Referral
from tests.cast import NOON, make_referral, rewards_of

ACTOR = "key:x"


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


def report(referral, amount: int = 40_00, **told) -> bool:
    return report_action(referral, amount=amount, currency="USD", actor=ACTOR, at=NOON, **told)[1]


def test_an_action_earns_what_the_rules_say_and_says_who_told_of_it(referral):
    assert report(referral, external_id="inv-1", name="renewal") is True

    assert rewards_of(referral) == [("referrer", 10_00, "pending"), ("referred", 10_00, "pending")]
    told = referral.decisions.get(outcome="reported")
    assert (told.actor, told.data) == (ACTOR, {"action": f"api:{referral.uid}:inv-1", "name": "renewal"})


def test_one_id_counts_once_and_no_id_each_time(referral):
    assert [report(referral, external_id="inv-1"), report(referral, 99_00, external_id="inv-1")] == [True, False]
    assert [report(referral), report(referral)] == [True, True]

    assert [action.amount for action in referral.actions.order_by("id")] == [40_00, 40_00, 40_00]


def test_one_id_of_two_referrals_is_two_actions(referral, alice):
    other = make_referral(alice, "erin")

    assert [report(referral, external_id="1"), report(other, external_id="1")] == [True, True]


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
def test_what_is_no_amount_is_refused(referral, amount):
    with pytest.raises(InvalidAmount):
        report(referral, amount)
    assert referral.decisions.filter(outcome="reported").count() == 0
