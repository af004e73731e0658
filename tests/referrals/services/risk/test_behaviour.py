from datetime import timedelta

import pytest

from referrals.models import Program
from referrals.services.risk import behaviour
from referrals.services.risk.case import load_case
from tests.cast import NOON
from tests.referrals.services.risk.builders import add_action, add_person, add_referral

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def refer_others(program, referrer, number, *, at=NOON, every=timedelta(minutes=1), **fields):
    for place in range(number):
        add_referral(program, referrer, add_person(program.tenant), at=at + place * every, **fields)


def test_eleven_referrals_within_a_day_are_too_many(program, referral, dana):
    refer_others(program, dana, 10)
    evidence = {"referrer": str(dana.uid), "referrals": 11, "limit": 10, "hours": 24}
    assert behaviour.find_velocity(load_case(referral, at=NOON + DAY)) == evidence


def test_ten_referrals_within_a_day_are_not(program, referral, dana):
    refer_others(program, dana, 9)
    assert behaviour.find_velocity(load_case(referral, at=NOON + DAY)) is None


@pytest.mark.parametrize("first", [-10, -5, 0])
def test_a_burst_counts_wherever_in_it_the_referral_is(program, referral, dana, first):
    refer_others(program, dana, 10, at=NOON + first * HOUR, every=HOUR)
    assert behaviour.find_velocity(load_case(referral, at=NOON + DAY))["referrals"] == 11


def test_a_day_is_less_than_24_hours_long(program, referral, dana):
    """Ten others, the last of them exactly a day after the referral."""
    refer_others(program, dana, 9)
    refer_others(program, dana, 1, at=NOON + DAY)
    assert behaviour.find_velocity(load_case(referral, at=NOON + 2 * DAY)) is None
    refer_others(program, dana, 1, at=NOON + DAY - timedelta(microseconds=1))
    assert behaviour.find_velocity(load_case(referral, at=NOON + 2 * DAY))["referrals"] == 11


def test_a_steady_referrer_is_not_a_fast_one(program, referral, dana):
    """Fifteen others in the days before and after, but never more than ten in one."""
    refer_others(program, dana, 15, at=NOON - 22 * HOUR, every=3 * HOUR)
    assert behaviour.find_velocity(load_case(referral, at=NOON + 2 * DAY)) is None


def test_what_is_not_known_yet_does_not_count(program, referral, dana):
    refer_others(program, dana, 10, at=NOON + HOUR)
    assert behaviour.find_velocity(load_case(referral, at=NOON)) is None


def test_only_this_referrers_referrals_count(program, referral, acme, globex):
    refer_others(program, add_person(acme), 20)
    refer_others(Program.objects.create(tenant=globex, name="theirs"), add_person(globex), 20)
    assert behaviour.find_velocity(load_case(referral, at=NOON + DAY)) is None


def test_the_referrers_referrals_in_other_programs_count(program, referral, acme, dana):
    refer_others(Program.objects.create(tenant=acme, name="other"), dana, 10)
    assert behaviour.find_velocity(load_case(referral, at=NOON + DAY))["referrals"] == 11


def test_removed_referrals_do_not_count(program, referral, dana):
    refer_others(program, dana, 10, removed_at=NOON)
    assert behaviour.find_velocity(load_case(referral, at=NOON + DAY)) is None


def test_who_paid_before_was_a_customer_already(program, dana, acme):
    eric = add_person(acme, first_paid_at=NOON - DAY)
    assert behaviour.find_existing_customer(load_case(add_referral(program, dana, eric), at=NOON)) == {
        "first_paid_at": "2026-05-31T12:00:00+00:00", "attributed_at": "2026-06-01T12:00:00+00:00",
    }  # fmt: skip


@pytest.mark.parametrize("first_paid_at", [None, NOON, NOON + DAY])
def test_who_paid_afterwards_is_a_new_customer(program, dana, acme, first_paid_at):
    eric = add_person(acme, first_paid_at=first_paid_at)
    assert behaviour.find_existing_customer(load_case(add_referral(program, dana, eric), at=NOON)) is None


@pytest.mark.parametrize(
    ("actions", "reversed_ones", "percent"), [(5, 2, 40), (10, 3, 30), (10, 10, 100), (7, 3, 42), (5, 5, 100)]
)
def test_a_referrer_whose_people_get_their_money_back(referral, dana, actions, reversed_ones, percent):
    for place in range(actions):
        add_action(referral, reversed_amount=1 if place < reversed_ones else 0)
    assert behaviour.find_refund_rate(load_case(referral, at=NOON)) == {
        "referrer": str(dana.uid), "actions": actions, "reversed": reversed_ones, "percent": percent, "days": 180,
    }  # fmt: skip


@pytest.mark.parametrize(("actions", "reversed_ones"), [(0, 0), (4, 4), (5, 1), (10, 2), (100, 29)])
def test_few_payments_or_few_refunds_say_nothing(referral, actions, reversed_ones):
    for place in range(actions):
        add_action(referral, reversed_amount=1000 if place < reversed_ones else 0)
    assert behaviour.find_refund_rate(load_case(referral, at=NOON)) is None


def test_refunds_of_all_the_referrers_people_count(program, referral, dana, acme):
    for _ in range(5):
        add_action(add_referral(program, dana, add_person(acme)), reversed_amount=1000)
    assert behaviour.find_refund_rate(load_case(referral, at=NOON))["actions"] == 5


def test_refunds_of_others_people_do_not_count(program, referral, acme):
    other = add_referral(program, add_person(acme), add_person(acme))
    for _ in range(5):
        add_action(other, reversed_amount=1000)
    assert behaviour.find_refund_rate(load_case(referral, at=NOON)) is None


@pytest.mark.parametrize(("age", "counted"), [(180 * DAY, False), (180 * DAY - HOUR, True), (-HOUR, False)])
def test_refunds_of_the_last_half_year_count(referral, age, counted):
    for _ in range(5):
        add_action(referral, reversed_amount=1000, at=NOON - age)
    assert (behaviour.find_refund_rate(load_case(referral, at=NOON)) is not None) == counted
