"""What an action earns under a rule: arithmetic without a database."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.models import RewardRule
from credits.services.terms import compute_earning
from referrals.models import Action
from tests.cast import NOON

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def percentage(rate="0.25", **terms) -> RewardRule:
    return RewardRule(name="share", side="referrer", kind="percentage", initial_rate=Decimal(rate), **terms)


def fixed(amount=10_00, currency="USD", **terms) -> RewardRule:
    return RewardRule(name="bonus", side="referred", kind="fixed", amount=amount, currency=currency, **terms)


def action(amount=100_00, currency="USD", *, at=NOON, pk=1) -> Action:
    return Action(pk=pk, key=f"in_{pk}", amount=amount, currency=currency, occurred_at=at, recorded_at=at)


def earn(rule, paid=None, *, first=None, earned=0, earned_before=False):
    paid = paid or action()
    return compute_earning(rule, paid, first=first or paid, earned=earned, earned_before=earned_before)


def told(earning) -> tuple:
    return earning.amount, earning.currency, earning.why


TABLE = [
    # rule, paid, currency: earned, in, why
    (percentage(), 100_00, "USD", 25_00, "USD", "25% of 100.00 USD"),
    (percentage("1"), 100_00, "USD", 100_00, "USD", "100% of 100.00 USD"),
    (percentage("0.000001"), 10**15, "USD", 10**9, "USD", "0.0001% of 10,000,000,000,000.00 USD"),
    (percentage("0.125"), 999, "EUR", 125, "EUR", "12.5% of 9.99 EUR"),
    (percentage(), 1000, "JPY", 250, "JPY", "25% of 1,000 JPY"),
    (percentage(), 10_000, "KWD", 2_500, "KWD", "25% of 10.000 KWD"),
    (percentage(), 7, "CREDITS", 2, "CREDITS", "25% of 7 CREDITS"),
    (percentage(), 1, "USD", 0, "USD", "25% of 0.01 USD"),
    (percentage(currency="EUR"), 100_00, "EUR", 25_00, "EUR", "25% of 100.00 EUR"),
    (percentage(currency="EUR"), 100_00, "USD", 0, "EUR", "it earns in EUR only"),
    (fixed(), 100_00, "USD", 10_00, "USD", "fixed 10.00 USD"),
    (fixed(), 1, "JPY", 10_00, "USD", "fixed 10.00 USD"),
    (fixed(1_500, "KWD"), 100_00, "USD", 1_500, "KWD", "fixed 1.500 KWD"),
    (fixed(500, "CREDITS"), 100_00, "USD", 500, "CREDITS", "fixed 500 CREDITS"),
]


@pytest.mark.parametrize(("rule", "amount", "currency", "earned", "earned_in", "why"), TABLE)
def test_earning(rule, amount, currency, earned, earned_in, why):
    assert told(earn(rule, action(amount, currency))) == (earned, earned_in, why)


@pytest.mark.parametrize(
    ("rate", "amount", "earned"),
    [
        ("0.25", 2, 0),  # 0.5 to the even 0
        ("0.25", 6, 2),  # 1.5 to the even 2
        ("0.25", 10, 2),  # 2.5 to the even 2
        ("0.25", 1002, 250),  # 250.5, the 2.505 x 25% of the books
        ("0.25", 1006, 252),  # 251.5
        ("0.25", 3, 1),  # 0.75
        ("0.333333", 3, 1),  # 0.999999
        ("0.15", 10, 2),  # 1.5
        ("0.05", 10, 0),  # 0.5
        ("0.05", 30, 2),  # 1.5
    ],
)
def test_halves_round_to_the_even_unit(rate, amount, earned):
    assert earn(percentage(rate), action(amount)).amount == earned


@given(millionths=st.integers(1, 10**6), amount=st.integers(1, 10**15))
def test_share_is_the_nearest_unit_and_never_more_than_was_paid(millionths, amount):
    rate = Decimal(millionths) / 10**6

    earned = earn(percentage(str(rate)), action(amount)).amount

    assert abs(earned * 10**6 - millionths * amount) * 2 <= 10**6
    assert 0 <= earned <= amount


INITIAL = percentage("0.25", ongoing_rate=Decimal("0.1"), initial_rate_days=90)


@pytest.mark.parametrize(
    ("after", "rate"),
    [
        (timedelta(0), "0.25"),
        (90 * DAY - MICROSECOND, "0.25"),
        (90 * DAY, "0.1"),
        (90 * DAY + MICROSECOND, "0.1"),
        (9000 * DAY, "0.1"),
    ],
)
def test_initial_rate_ends_so_many_days_after_the_first_action(after, rate):
    earning = earn(INITIAL, action(at=NOON + after, pk=2), first=action())

    assert (earning.rate, earning.amount) == (Decimal(rate), int(100_00 * Decimal(rate)))


def test_without_an_ongoing_rate_nothing_is_earned_afterwards():
    rule = percentage("0.25", initial_rate_days=90)

    assert told(earn(rule, action(at=NOON + 90 * DAY, pk=2), first=action())) == (0, "USD", "0% of 100.00 USD")


def test_without_a_period_the_initial_rate_is_for_always():
    rule = percentage("0.25", ongoing_rate=Decimal("0.1"))

    assert earn(rule, action(at=NOON + 9000 * DAY, pk=2), first=action()).amount == 25_00


def test_initial_rate_of_no_days_gives_way_to_the_ongoing_one_at_once():
    rule = percentage("0.25", ongoing_rate=Decimal("0.1"), initial_rate_days=0)

    assert earn(rule).amount == 10_00


@pytest.mark.parametrize(
    ("after", "earned"), [(timedelta(0), 10_00), (365 * DAY - MICROSECOND, 10_00), (365 * DAY, 0), (366 * DAY, 0)]
)
def test_rule_earns_for_its_duration(after, earned):
    earning = earn(fixed(duration_days=365), action(at=NOON + after, pk=2), first=action())

    assert earning.amount == earned
    assert earning.why == ("fixed 10.00 USD" if earned else "it earns for 365 days only")


def test_once_is_for_the_first_action():
    assert earn(fixed(once=True)).amount == 10_00


def test_once_is_not_for_a_later_action():
    earning = earn(fixed(once=True), action(pk=2), first=action(pk=1))

    assert told(earning) == (0, "USD", "it earns once only")


def test_once_is_not_again_for_an_earlier_action_told_late():
    earning = earn(fixed(once=True), action(at=NOON - DAY, pk=2), earned_before=True)

    assert told(earning) == (0, "USD", "it earns once only")


@pytest.mark.parametrize(
    ("earned", "amount", "note"),
    [
        (0, 25_00, ""),
        (75_00, 25_00, ""),
        (75_01, 24_99, "; at most 100.00 USD per referred person leaves 24.99 USD"),
        (99_99, 1, "; at most 100.00 USD per referred person leaves 0.01 USD"),
        (100_00, 0, "; at most 100.00 USD per referred person leaves 0.00 USD"),
        (120_00, 0, "; at most 100.00 USD per referred person leaves 0.00 USD"),
    ],
)
def test_maximum_per_referred_person_leaves_what_is_left(earned, amount, note):
    earning = earn(percentage(max_per_referred=100_00), earned=earned)

    assert (earning.amount, earning.why) == (amount, "25% of 100.00 USD" + note)


def test_maximum_limits_fixed_rewards_too():
    assert earn(fixed(max_per_referred=25_00), earned=20_00).amount == 5_00


def test_earning_is_kept_as_data():
    rule = percentage()

    assert earn(rule).as_data() == {
        "rule": str(rule.uid),
        "rule_name": "share v1",
        "side": "referrer",
        "action": "in_1",
        "amount": 25_00,
        "currency": "USD",
        "why": "25% of 100.00 USD",
        "earned": 0,
        "earned_before": False,
    }
