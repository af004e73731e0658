"""A referral is approved from outside the desk."""

from datetime import timedelta

import pytest

from credits.errors import InvalidAmount
from credits.models import Review, Reward
from credits.services.approval import approve_referral
from credits.services.moderation import moderate
from referrals.models import Action, Decision, Identifier, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay, rewards_of
from tests.threads import run_at_once

DAY = timedelta(days=1)


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


def share_card(referral) -> None:
    for person in (referral.referrer.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)


def test_amount_counts_as_one_paid_action(referral):
    approved = approve_referral(referral, amount=100_00, actor="staff:bob", at=NOON)

    assert approved.status == "rewarded"
    assert rewards_of(referral) == [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]
    action = Action.objects.get()
    assert (action.kind, action.key) == ("approval", f"approval:{referral.uid}")
    assert (action.amount, action.currency, action.occurred_at) == (100_00, "USD", NOON)


def test_amount_counts_once_however_often_it_is_approved(referral):
    for day in range(3):
        approve_referral(referral, amount=(day + 1) * 100_00, actor="staff:bob", at=NOON + day * DAY)

    assert list(Action.objects.values_list("amount", flat=True)) == [100_00]
    assert len(rewards_of(referral)) == 2


def test_amount_is_in_the_currency_told(referral):
    approve_referral(referral, amount=10_000, currency="JPY", actor="staff:bob", at=NOON)

    assert Reward.objects.get(side="referrer").currency == "JPY"


def test_without_an_amount_the_sides_are_approved(referral):
    moderate(referral, "referrer", "DENIED", actor="staff:fred", at=NOON)

    approved = approve_referral(referral, actor="staff:bob", at=NOON)

    assert (approved.referrer_moderation, approved.referred_moderation) == ("APPROVED", "APPROVED")
    assert approved.status == "attributed"
    assert Action.objects.count() == 0


def test_open_case_is_approved_with_it(referral):
    share_card(referral)
    pay(referral, 100_00)

    approved = approve_referral(referral, actor="key:pk_1", at=NOON)

    assert approved.status == "rewarded"
    assert (Review.objects.get().status, Review.objects.get().decided_by) == ("approved", "key:pk_1")


def test_open_case_is_approved_with_an_amount_on_top(referral):
    share_card(referral)
    pay(referral, 100_00)

    approve_referral(referral, amount=40_00, actor="key:pk_1", at=NOON)

    assert rewards_of(referral) == [
        ("referrer", 25_00, "pending"),
        ("referrer", 10_00, "pending"),
        ("referred", 10_00, "pending"),
    ]


def test_case_that_the_amounts_own_risk_opens_waits_for_a_reviewer(referral):
    share_card(referral)

    approved = approve_referral(referral, amount=100_00, actor="key:pk_1", at=NOON)

    assert (approved.status, rewards_of(referral)) == ("review_required", [])
    assert Review.objects.get().status == "open"


def test_rejected_referral_is_approved_after_all(referral):
    pay(referral, 100_00)
    for side in ("referrer", "referred"):
        moderate(referral, side, "DENIED", actor="staff:fred", at=NOON)

    approved = approve_referral(referral, actor="staff:bob", at=NOON)

    assert approved.status == "rewarded"
    assert rewards_of(referral) == [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


def test_amount_after_the_window_expires_the_referral(referral):
    approved = approve_referral(referral, amount=100_00, actor="staff:bob", at=NOON + 30 * DAY)

    assert (approved.status, rewards_of(referral)) == ("expired", [])


@pytest.mark.parametrize(
    ("amount", "currency", "field"), [(-1, "USD", "amount"), (10**15 + 1, "USD", "amount"), (1, "XXXX", "currency")]
)
def test_invalid_amount_changes_nothing(referral, amount, currency, field):
    decisions = Decision.objects.count()

    with pytest.raises(InvalidAmount) as caught:
        approve_referral(referral, amount=amount, currency=currency, actor="staff:bob", at=NOON)

    assert caught.value.field == field
    assert (Action.objects.count(), Decision.objects.count()) == (0, decisions)


@pytest.mark.django_db(transaction=True)
def test_ten_approvals_at_once_earn_once(referral):
    answers = run_at_once(*[lambda: approve_referral(referral, amount=100_00, actor="staff:bob", at=NOON)] * 10)

    assert {answer.status for answer in answers} == {"rewarded"}
    assert rewards_of(referral) == [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]
