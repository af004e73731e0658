"""What the database itself refuses of rewards and reviews."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from credits.models import Review, Reward
from tests.cast import NOON, make_referral, pay

DAY = timedelta(days=1)


@pytest.fixture
def reward(alice) -> Reward:
    """25.00 USD, pending, of Alice."""
    pay(make_referral(alice, "dana"), 100_00)
    return Reward.objects.get(side="referrer")


def change(reward, **fields) -> None:
    with transaction.atomic():
        Reward.objects.filter(pk=reward.pk).update(**fields)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"status": "paid"}, "reward_status_is_known"),
        ({"status": ""}, "reward_status_is_known"),
        ({"status": "reverted"}, "reward_reverted_at_iff_reverted"),
        ({"reverted_at": NOON}, "reward_reverted_at_iff_reverted"),
        ({"available_at": NOON}, "reward_pending_not_yet_available"),
        ({"amount": 0}, "reward_amount_in_range"),
        ({"amount": -1}, "reward_amount_in_range"),
        ({"amount": 10**15 + 1}, "reward_amount_in_range"),
        ({"matures_at": NOON - DAY}, "reward_matures_after_grant"),
    ],
)
def test_impossible_reward_is_refused(reward, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        change(reward, **fields)


def test_action_earns_once_under_a_rule(reward):
    reward.pk, reward.uid = None, reward.referral.uid

    with pytest.raises(IntegrityError, match="reward_once_an_action_and_rule"), transaction.atomic():
        reward.save(force_insert=True)


def test_reward_of_no_hold_matures_at_once(reward):
    change(reward, matures_at=NOON)

    assert list(Reward.objects.due(NOON)) == [reward]
    assert list(Reward.objects.due(NOON - timedelta(microseconds=1))) == []


def test_reward_is_shown_with_its_amount(reward):
    assert str(reward) == "25.00 USD for Alice"


def test_referral_has_one_open_review(alice):
    referral = make_referral(alice, "dana")
    case = {"tenant": alice.tenant, "referral": referral, "opened_at": NOON, "deadline": NOON}
    Review.objects.create(**case, status="rejected", decided_at=NOON)
    Review.objects.create(**case)

    with pytest.raises(IntegrityError, match="one_open_review_a_referral"), transaction.atomic():
        Review.objects.create(**case)


@pytest.mark.parametrize(("status", "decided_at"), [("open", NOON), ("approved", None), ("rejected", None)])
def test_review_is_decided_at_a_time_or_open(alice, status, decided_at):
    case = {"tenant": alice.tenant, "referral": make_referral(alice, "dana"), "opened_at": NOON, "deadline": NOON}

    with pytest.raises(IntegrityError, match="review_decided_at_iff_decided"), transaction.atomic():
        Review.objects.create(**case, status=status, decided_at=decided_at)
