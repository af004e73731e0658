"""Posting to the books and reading them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from credits.models import LedgerEntry, Reward
from credits.services.ledger import balance, balances, post_grant, post_reward
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from tests.cast import NOON, make_member, make_referral, pay

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
NOTHING = {"expense": 0, "pending": 0, "available": 0, "reserved": 0, "paid": 0}


@pytest.fixture
def reward(alice) -> Reward:
    """25.00 USD, pending, of Alice."""
    pay(make_referral(alice, "dana"), 100_00)
    return Reward.objects.get(side="referrer")


def test_person_without_entries_has_nothing(alice):
    assert balances(alice.person) == {}
    assert balance(alice.person, "USD") == NOTHING


def test_balance_is_the_sum_of_the_entries(alice, reward):
    pay(make_referral(alice, "erin"), 200_00)

    assert balance(alice.person, "USD") == NOTHING | {"expense": -75_00, "pending": 75_00}


def test_currencies_are_kept_apart(alice, reward):
    referral = make_referral(alice, "erin")
    pay(referral, 10_000, currency="JPY")
    pay(referral, 10_000, currency="KWD")

    assert balances(alice.person) == {
        "USD": NOTHING | {"expense": -2500, "pending": 2500},
        "JPY": NOTHING | {"expense": -2500, "pending": 2500},
        "KWD": NOTHING | {"expense": -2500, "pending": 2500},
    }
    assert balance(alice.person, "EUR") == NOTHING


def test_people_are_kept_apart(alice, reward, program):
    bert = make_member(program, "bert", code="BERT")
    pay(make_referral(bert, "erin"), 40_00)

    assert balance(bert.person, "USD") == NOTHING | {"expense": -10_00, "pending": 10_00}
    assert balance(reward.referral.referred, "USD") == NOTHING | {"expense": -10_00, "pending": 10_00}


PENDING = {"expense": -25_00, "pending": 25_00}
AVAILABLE = {"expense": -25_00, "available": 25_00}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON - MICROSECOND, {}),
        (NOON, PENDING),
        (NOON + 30 * DAY - MICROSECOND, PENDING),
        (NOON + 30 * DAY, AVAILABLE),
        (NOON + 40 * DAY - MICROSECOND, AVAILABLE),
        (NOON + 40 * DAY, {}),
        (None, {}),
    ],
)
def test_balance_as_of_any_instant(alice, reward, at, expected):
    mature_pending(at=NOON + 30 * DAY)
    moderate(reward.referral, "referrer", "DENIED", actor="staff:bob", at=NOON + 40 * DAY)

    assert balance(alice.person, "USD", at=at) == NOTHING | expected


def test_available_below_zero_is_what_a_person_owes(alice, reward):
    post_reward(reward, "clawback", "available", "expense", key="clawback:1", at=NOON, amount=7_00)

    assert balance(alice.person, "USD") == NOTHING | {"expense": -18_00, "pending": 25_00, "available": -7_00}


def test_posting_names_everything(reward):
    entry = post_reward(reward, "clawback", "available", "expense", key="clawback:1", at=NOON + DAY, amount=7_00)

    entry.refresh_from_db()
    assert (entry.tenant, entry.person, entry.reward) == (reward.tenant, reward.person, reward)
    assert (entry.kind, entry.debit, entry.credit, entry.amount) == ("clawback", "available", "expense", 7_00)
    assert (entry.currency, entry.key, entry.payout) == ("USD", "clawback:1", None)
    assert (entry.effective_at, entry.recorded_at) == (NOON + DAY, NOON + DAY)


def test_same_key_is_posted_once(reward):
    with pytest.raises(IntegrityError, match="entry_once"), transaction.atomic():
        post_grant(reward, at=NOON)

    assert LedgerEntry.objects.filter(reward=reward).count() == 1


def test_balance_is_one_query(alice, reward, django_assert_num_queries):
    with django_assert_num_queries(1):
        balance(alice.person, "USD")
