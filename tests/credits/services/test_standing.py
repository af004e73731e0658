"""How much of a reward stands once it was paid out, is in a payout, or was spent by its owner."""

from datetime import timedelta
from itertools import permutations

import pytest

from credits.errors import NotCancellable
from credits.models import Bucket, EntryKind, LedgerEntry, Payment, Reversal, Reward
from credits.services.books import check_books
from credits.services.ledger import balance, post_reward
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.standing import clawed_back
from payouts.models import Payout, PayoutMethod
from payouts.services.methods import create_method
from payouts.services.release import mark_failed, mark_paid
from payouts.services.requests import request_payout
from referrals.models import Action, Referral
from tests.cast import NOON, make_referral, pay, refund, rewards_of, tell_reversal

DAY = timedelta(days=1)
DUE = NOON + 30 * DAY
OPEN, STANDS, UNDONE = Reversal.State
S, K, B = Reward.Status, EntryKind, Bucket


@pytest.fixture
def dana(alice) -> Referral:
    return make_referral(alice, "dana")


@pytest.fixture
def paid(dana) -> Action:
    """100.00 USD, and the 25.00 it earned Alice are available."""
    action = pay(dana, 100_00, key="in_1")
    mature_pending(at=DUE)
    return action


def reward() -> Reward:
    return Reward.objects.select_related("referral", "tenant").get(side="referrer")


def request() -> Payout:
    """Alice asks for all she has."""
    method = PayoutMethod.objects.first() or create_method(
        reward().referral.program, name="By hand", kind="manual", at=DUE
    )
    return request_payout(reward().person, method, actor="system", at=DUE)


def pay_out() -> None:
    mark_paid(request(), actor="staff:bob", reference="transfer 1", at=DUE)


def fail(payout: Payout) -> None:
    mark_failed(payout, actor="staff:bob", error="no such account", at=DUE)


def buckets() -> tuple[int, int, int]:
    """Available, reserved and paid of Alice."""
    book = balance(reward().person, "USD")
    return book["available"], book["reserved"], book["paid"]


def lines() -> list[tuple[str, int]]:
    """What was posted after the hold had passed."""
    entries = LedgerEntry.objects.filter(person=reward().person).exclude(kind__in=[K.GRANT, K.MATURE]).order_by("id")
    return list(entries.values_list("kind", "amount"))


def agree() -> None:
    assert check_books(at=DUE).differences == []


def unchanged(before: Reward) -> bool:
    names = [field.name for field in Reward._meta.concrete_fields]
    return all(getattr(before, name) == getattr(reward(), name) for name in names)


def test_refund_after_a_payout_is_one_opposite_line_and_owed(paid):
    pay_out()
    before = reward()

    refund(paid, 40_00, key="re_1", at=DUE + DAY)

    assert unchanged(before)
    assert lines() == [("reserve", 25_00), ("pay", 25_00), ("clawback", 10_00)]
    assert buckets() == (-10_00, 0, 25_00)
    line = LedgerEntry.objects.get(kind="clawback")
    assert (line.reward, line.debit, line.credit, line.effective_at) == (before, "available", "expense", DUE + DAY)
    agree()


def test_refund_told_again_is_owed_once(paid):
    pay_out()
    for _ in range(3):
        refund(paid, 40_00, key="re_1")

    assert buckets() == (-10_00, 0, 25_00)


def test_refund_after_a_payout_that_fails_is_owed_no_longer(paid):
    pay_out()
    refund(paid, 40_00, key="re_1")

    refund(paid, 40_00, key="re_1", state=UNDONE)

    assert lines()[2:] == [("clawback", 10_00), ("reinstate", 10_00)]
    assert buckets() == (0, 0, 25_00)
    agree()


def test_refunds_before_and_after_a_payout_come_to_the_whole(paid):
    refund(paid, 33_33, key="re_1")
    assert (reward().reversed_amount, buckets()[0]) == (8_33, 16_67)
    pay_out()

    for key, amount in (("re_2", 33_33), ("re_3", 33_34)):
        refund(paid, amount, key=key)

    assert (reward().status, reward().reversed_amount, clawed_back(reward())) == (S.ISSUED, 8_33, 16_67)
    assert buckets() == (-16_67, 0, 16_67)
    agree()


@pytest.mark.parametrize("order", permutations(["payout", "first", "second"]), ids="-".join)
def test_what_a_person_is_left_with_does_not_depend_on_when_they_were_paid(paid, order):
    steps = {
        "payout": pay_out,
        "first": lambda: refund(paid, 33_33, key="re_1"),
        "second": lambda: refund(paid, 33_33, key="re_2"),
    }
    for step in order:
        steps[step]()

    assert sum(buckets()) == 25_00 - 16_66  # two thirds less a hundredth, rounded half-even once
    agree()


def test_refund_while_in_a_payout_is_owed_and_taken_from_the_reward_if_the_payout_fails(paid):
    payout = request()
    refund(paid, 40_00, key="re_1")
    assert (reward().status, reward().reversed_amount, buckets()) == (S.PROCESSING, 0, (-10_00, 25_00, 0))
    agree()

    fail(payout)

    assert (reward().status, reward().reversed_amount, buckets()) == (S.AVAILABLE, 10_00, (15_00, 0, 0))
    assert clawed_back(reward()) == 0
    agree()


def test_payout_that_fails_without_a_refund_changes_nothing_else(paid):
    fail(request())

    assert lines() == [("reserve", 25_00), ("release", 25_00)]
    assert buckets() == (25_00, 0, 0)


def test_dispute_while_in_a_payout_freezes_once_the_payout_fails(paid):
    payout = request()
    tell_reversal(paid, "dispute", "dp_1", 100_00, state=OPEN, at=DUE)
    assert reward().frozen_at is None

    fail(payout)

    assert reward().frozen_at == DUE
    agree()


def test_lost_dispute_after_a_payout_is_owed(paid):
    pay_out()
    before = reward()
    tell_reversal(paid, "dispute", "dp_1", 100_00, state=OPEN)
    assert (unchanged(before), buckets()) == (True, (0, 0, 25_00))

    tell_reversal(paid, "dispute", "dp_1", 100_00, state=STANDS)

    assert (unchanged(before), buckets()) == (True, (-25_00, 0, 25_00))
    agree()


def test_redeemed_reward_is_not_edited_but_owed(paid):
    post_reward(reward(), K.REDEEM, B.AVAILABLE, B.PAID, key="redeem:1", at=DUE, amount=5_00)
    Reward.objects.filter(side="referrer").update(redeemed_amount=5_00)

    refund(paid, 100_00, key="re_1")

    assert (reward().status, reward().reversed_amount, buckets()) == (S.AVAILABLE, 0, (-5_00, 0, 5_00))
    agree()


def test_side_of_a_paid_out_reward_cannot_be_denied_also_when_it_was_refunded(dana, paid):
    pay_out()
    refund(paid, 100_00)

    with pytest.raises(NotCancellable):
        moderate(dana, "referrer", "DENIED", actor="staff:bob", at=DUE)

    assert rewards_of(dana)[0] == ("referrer", 25_00, "issued")
    agree()


def test_reward_that_a_person_took_back_is_not_restored_by_a_refund_that_failed(dana, paid):
    Reward.objects.filter(side="referrer").update(cancelled_at=DUE)
    refund(paid, 40_00, key="re_1")
    assert (reward().status, buckets()) == (S.REVERTED, (0, 0, 0))

    refund(paid, 40_00, key="re_1", state=UNDONE)

    assert (reward().status, buckets()) == (S.REVERTED, (0, 0, 0))
    agree()


def test_later_reward_nets_against_what_is_owed(dana, paid):
    pay_out()
    refund(paid, 100_00)
    pay(dana, 40_00, at=DUE)

    mature_pending(at=DUE + 30 * DAY)

    assert balance(dana.referrer.person, "USD")["available"] == -25_00 + 10_00
    assert Payment.objects.get().returned_amount == 100_00
    agree()
