"""How many rewarded referrals one referrer may have."""

from datetime import UTC, datetime, timedelta

import pytest

from credits.models import Reward
from credits.services.caps import cap_reached
from credits.services.moderation import moderate
from referrals.models import Program, Referral
from referrals.services.status import lock_referral
from tests.cast import NOON, make_member, make_referral, pay, rewards_of
from tests.threads import run_at_once

MICROSECOND = timedelta(microseconds=1)
JULY = datetime(2026, 7, 1, tzinfo=UTC)


def cap(**caps) -> None:
    Program.objects.update(**caps)


def reached(referral, *, at=NOON) -> str:
    return cap_reached(lock_referral(referral.pk), at=at)


def test_without_caps_nothing_is_counted(alice, django_assert_num_queries):
    referral = lock_referral(make_referral(alice, "dana").pk)

    with django_assert_num_queries(0):
        assert cap_reached(referral, at=NOON) == ""


@pytest.mark.parametrize("name", ["monthly", "lifetime"])
def test_cap_is_reached_with_as_many_rewarded_referrals(alice, name):
    cap(**{f"{name}_cap": 2})
    first, second, third = (make_referral(alice, person) for person in ("dana", "erin", "finn"))

    pay(first, 100_00)
    assert reached(third) == ""
    pay(second, 100_00)
    assert reached(third) == name


def test_cap_of_none_lets_nobody_earn(alice):
    cap(monthly_cap=0)
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    assert rewards_of(referral) == [("referred", 10_00, "pending")]


def test_lifetime_is_named_before_the_month(alice):
    cap(lifetime_cap=1, monthly_cap=1)
    pay(make_referral(alice, "dana"), 100_00)

    assert reached(make_referral(alice, "erin")) == "lifetime"


def test_referral_that_earned_goes_on_earning(alice):
    cap(lifetime_cap=1)
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)

    pay(referral, 100_00)

    assert [amount for side, amount, _ in rewards_of(referral) if side == "referrer"] == [25_00, 25_00]


def test_two_rewards_of_one_referral_count_once(alice):
    cap(lifetime_cap=2)
    first = make_referral(alice, "dana")
    pay(first, 100_00)
    pay(first, 100_00)

    assert reached(make_referral(alice, "erin")) == ""


@pytest.mark.parametrize(("before", "name"), [(MICROSECOND, "monthly"), (timedelta(0), "")])
def test_month_begins_at_midnight_utc(alice, before, name):
    cap(monthly_cap=1)
    pay(make_referral(alice, "dana", at=JULY - timedelta(hours=1)), 100_00, at=JULY - timedelta(hours=1))

    assert reached(make_referral(alice, "erin"), at=JULY - before) == name


def test_month_does_not_reset_the_lifetime(alice):
    cap(lifetime_cap=1)
    pay(make_referral(alice, "dana"), 100_00)

    assert reached(make_referral(alice, "erin"), at=JULY) == "lifetime"


def test_reward_taken_back_makes_room(alice):
    cap(lifetime_cap=1)
    first = make_referral(alice, "dana")
    pay(first, 100_00)
    moderate(first, "referrer", "DENIED", actor="staff:bob", at=NOON)

    assert reached(make_referral(alice, "erin")) == ""


def test_rewards_of_the_referred_side_do_not_count(alice):
    cap(lifetime_cap=1)
    first = make_referral(alice, "dana")
    moderate(first, "referrer", "DENIED", actor="staff:bob", at=NOON)
    pay(first, 100_00)

    assert reached(make_referral(alice, "erin")) == ""


def test_each_referrer_has_their_own_count(alice, program):
    cap(lifetime_cap=1)
    bert = make_member(program, "bert", code="BERT")
    pay(make_referral(alice, "dana"), 100_00)

    assert reached(make_referral(bert, "erin")) == ""


def test_capped_referral_stays_capped_when_the_month_is_over(alice):
    cap(monthly_cap=1)
    pay(make_referral(alice, "dana"), 100_00)
    second = make_referral(alice, "erin")
    pay(second, 100_00)

    pay(second, 100_00, at=JULY)

    second.refresh_from_db()
    assert (second.status, second.skip_reason) == ("capped", "capped")
    assert rewards_of(second) == [("referred", 10_00, "pending")]


@pytest.mark.django_db(transaction=True)
def test_ten_payments_at_once_pass_a_cap_of_three_three_times(alice):
    cap(lifetime_cap=3)
    referrals = [make_referral(alice, f"person-{number}") for number in range(10)]

    answers = run_at_once(*[lambda referral=each: pay(referral, 100_00) for each in referrals])

    assert [type(answer).__name__ for answer in answers] == ["Action"] * 10
    assert Reward.objects.filter(side="referrer").count() == 3
    assert Reward.objects.filter(side="referred").count() == 10
    assert Referral.objects.filter(status="capped").count() == 7
