"""Rewards given by hand, and single rewards changed by hand."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from credits.errors import InvalidAmount, NotCancellable
from credits.models import Bucket, LedgerEntry, Reward
from credits.services.books import check_books
from credits.services.by_hand import change_reward, give_reward
from credits.services.cancelling import cancel_reward
from credits.services.ledger import balance
from credits.services.maturation import mature_early, mature_pending
from credits.services.moderation import moderate
from credits.services.redemption import redeem_reward
from events.models import Event
from referrals.models import Decision, Side
from tests.cast import NOON, make_member, make_program, make_referral, make_tenant, pay, refund
from tests.threads import run_at_once

DAY = timedelta(days=1)
LATER = NOON + 40 * DAY


def give(member, amount=25_00, **fields) -> Reward:
    terms = {"currency": "USD", "actor": "key:x", "at": NOON, **fields}
    return give_reward(member.person, member.program, amount=amount, **terms)


def held(member) -> tuple[int, int]:
    """Pending and available."""
    buckets = balance(member.person, "USD")
    return buckets[Bucket.PENDING], buckets[Bucket.AVAILABLE]


def test_reward_is_given_without_an_action(alice):
    reward = give(alice, description="Welcome bonus")

    assert (reward.status, reward.amount, reward.matures_at, reward.hold_days) == ("pending", 25_00, NOON, 0)
    assert (reward.action, reward.rule, reward.referral, reward.granted_by) == (None, None, None, "key:x")
    assert held(alice) == (25_00, 0)
    decision = Decision.objects.get(outcome="given")
    assert (decision.tenant, decision.referral, decision.actor) == (alice.tenant, None, "key:x")
    assert Event.objects.get(kind="reward.granted").data == {
        "amount": 25_00, "currency": "USD", "side": "referrer", "after": {"status": "pending"},
    }  # fmt: skip
    assert check_books(at=NOON).ok


def test_it_matures_at_its_own_time_and_not_before(alice):
    give(alice, matures_at=NOON + 2 * DAY)

    assert (mature_pending(at=NOON + DAY), mature_pending(at=NOON + 2 * DAY)) == (0, 1)
    assert held(alice) == (0, 25_00)
    assert check_books(at=LATER).ok


def test_it_stands_whatever_becomes_of_the_referral_it_was_given_for(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    reward = give(alice, referral=referral)

    for side in Side:
        moderate(referral, side, "DENIED", actor="staff:bob", at=NOON)
    reward.refresh_from_db()
    referral.refresh_from_db()

    assert (reward.status, referral.status) == ("pending", "rejected")
    assert mature_pending(at=LATER) == 1
    assert check_books(at=LATER).ok


def test_it_does_not_make_its_referral_a_rewarded_one(alice):
    referral = make_referral(alice, "dana")
    give(alice, referral=referral)

    moderate(referral, Side.REFERRER, "DENIED", actor="staff:bob", at=NOON)
    referral.refresh_from_db()

    assert referral.status == "attributed"
    assert check_books(at=NOON).ok


def test_it_counts_towards_no_limit_of_a_rule(alice):
    referral = make_referral(alice, "dana")
    give(alice, 99_00, referral=referral)

    pay(referral, 1_000_00)

    assert Reward.objects.by_rule().get(side="referrer").amount == 100_00


def test_it_is_taken_back_by_hand(alice):
    reward = cancel_reward(give(alice), actor="key:x", at=LATER)

    assert (reward.status, held(alice)) == ("reverted", (0, 0))
    assert check_books(at=LATER).ok


@pytest.mark.parametrize(("amount", "currency", "field"), [(0, "USD", "amount"), (1, "XXXX", "currency")])
def test_what_cannot_be_an_amount_is_refused(alice, amount, currency, field):
    with pytest.raises(InvalidAmount) as caught:
        give(alice, amount, currency=currency)

    assert caught.value.field == field
    assert (Reward.objects.count(), LedgerEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("is_mature", [False, True])
@pytest.mark.parametrize("amount", [30_00, 10_00])
def test_another_amount_posts_the_difference(alice, amount, is_mature):
    reward = give(alice)
    if is_mature:
        mature_pending(at=NOON)

    reward = change_reward(reward, amount=amount, actor="key:x", at=LATER)

    assert (reward.amount, held(alice)) == (amount, (0, amount) if is_mature else (amount, 0))
    assert LedgerEntry.objects.latest("id").amount == abs(amount - 25_00)
    event = Event.objects.get(kind="reward.updated")
    assert (event.data["before"], event.data["after"]) == ({"amount": 25_00}, {"amount": amount})
    assert check_books(at=LATER).ok


def test_of_a_changed_amount_the_refunded_part_is_gone_too(alice):
    action = pay(make_referral(alice, "dana"), 100_00)
    refund(action, 50_00)
    reward = Reward.objects.get(side="referrer")

    change_reward(reward, amount=80_00, actor="key:x", at=LATER)
    reward.refresh_from_db()

    assert (reward.amount, reward.reversed_amount, held(alice)) == (80_00, 40_00, (40_00, 0))
    assert check_books(at=LATER).ok


def test_saying_the_same_again_changes_nothing(alice):
    reward = give(alice)
    before = (Event.objects.count(), Decision.objects.count(), LedgerEntry.objects.count())

    change_reward(reward, amount=25_00, matures_at=NOON - DAY, actor="key:x", at=LATER)

    assert (Event.objects.count(), Decision.objects.count(), LedgerEntry.objects.count()) == before


def test_what_is_spent_keeps_its_amount_and_may_be_described(alice):
    reward = give(alice)
    mature_pending(at=NOON)
    redeem_reward(reward, amount=1, key="", actor="key:x", at=LATER)

    with pytest.raises(NotCancellable):
        change_reward(reward, amount=30_00, actor="key:x", at=LATER)

    changed = change_reward(reward, description="Bonus", matures_at=LATER, actor="key:x", at=LATER)
    assert (changed.description, changed.matures_at, changed.amount) == ("Bonus", NOON, 25_00)
    assert Event.objects.get(kind="reward.updated").data["after"] == {}  # a description may name somebody


def test_hold_is_shortened_and_lengthened(alice):
    reward = give(alice, matures_at=NOON + 9 * DAY)

    change_reward(reward, matures_at=NOON + DAY, actor="key:x", at=NOON)
    assert mature_pending(at=NOON + DAY) == 1


def test_maturing_early_asks_everything_but_the_hold(alice):
    mine = give(alice, matures_at=LATER)
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    denied = Reward.objects.get(side="referred")
    moderate(referral, Side.REFERRED, "PENDING", actor="staff:bob", at=NOON)

    assert mature_early([mine.pk, denied.pk], at=NOON) == 1
    mine.refresh_from_db()
    assert (mine.status, mine.matures_at, mine.available_at) == ("available", NOON, NOON)
    assert check_books(at=NOON).ok


@pytest.mark.django_db(transaction=True)
def test_twenty_changes_at_once_leave_one_of_the_amounts(alice):
    reward = give(alice)

    calls = [lambda n=n: change_reward(reward, amount=10_00 + n, actor="key:x", at=LATER) for n in range(20)]
    answers = run_at_once(*calls, lambda: mature_pending(at=LATER))
    mature_pending(at=LATER)  # what is being changed is skipped, and comes next time
    reward.refresh_from_db()

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert reward.amount in range(10_00, 10_20)
    assert held(alice) == (0, reward.amount)
    assert check_books(at=LATER).ok


class ByHandTest(TestCase):
    """Whatever is done with a reward by hand, in whatever order, what stands of it is what a plain model says."""

    steps = st.lists(
        st.one_of(
            st.tuples(st.just("amount"), st.integers(1, 100_00)),
            st.just(("cancel", 0)),
            st.just(("mature", 0)),
            st.tuples(st.just("redeem"), st.integers(1, 100_00)),
        ),
        max_size=8,
    )

    @settings(max_examples=60, deadline=None)
    @given(first=st.integers(1, 100_00), steps=steps)
    def test_books_follow_a_plain_model(self, first, steps):
        member = make_member(make_program(make_tenant()), "alice")
        reward = give(member, first)
        amount, spent, is_mature, is_gone = first, 0, False, False
        for step, value in steps:
            if step == "mature":
                mature_pending(at=LATER)
                is_mature = is_mature or not is_gone
            elif step == "cancel" and not spent:
                cancel_reward(reward, actor="key:x", at=LATER)
                is_gone = True
            elif step == "amount" and not spent:
                change_reward(reward, amount=value, actor="key:x", at=LATER)
                amount = value
            elif step == "redeem" and is_mature and not is_gone and spent + value <= amount:
                redeem_reward(reward, amount=value, key="", actor="key:x", at=LATER)
                spent += value
        left = 0 if is_gone else amount - spent
        assert held(member) == ((0, left) if is_mature else (left, 0))
        assert check_books(at=LATER).differences == []
