"""A referred person pays: recorded once, and the first payment in time qualifies the referral."""

from datetime import timedelta

import pytest

from events.models import Event
from referrals.models import Action, Decision, Moderation, Referral
from referrals.services.qualification import qualify, record_action
from referrals.services.referrals import expire_referrals, refer
from referrals.services.status import lock_referral, update_referral
from tests.cast import NOON, make_referral

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


def act(referral, key="in_1", *, at=NOON, occurred_at=None, amount=100_00, currency="USD"):
    """What the referred person did, and whether it may earn."""
    referral = lock_referral(referral.pk)
    facts = {"kind": Action.Kind.INVOICE, "key": key, "amount": amount, "currency": currency}
    action, _ = record_action(referral, **facts, occurred_at=occurred_at or at, at=at)
    return qualify(referral, action, at=at)


def status_of(referral) -> str:
    referral.refresh_from_db()
    return referral.status


def test_action_is_recorded_once_for_its_key(referral):
    facts = {"kind": "invoice", "key": "in_1", "amount": 100_00, "currency": "USD", "stripe_event": "evt_1"}

    first, is_new = record_action(referral, **facts, occurred_at=NOON - DAY, at=NOON)
    again, is_new_again = record_action(referral, **{**facts, "amount": 1}, occurred_at=NOON, at=NOON + DAY)

    assert (is_new, is_new_again, again.pk) == (True, False, first.pk)
    row = Action.objects.get()
    assert (row.amount, row.currency, row.kind, row.stripe_event) == (100_00, "USD", "invoice", "evt_1")
    assert (row.occurred_at, row.recorded_at, row.reversed_amount) == (NOON - DAY, NOON, 0)


def test_first_payment_qualifies(referral):
    assert act(referral) is True

    assert status_of(referral) == "qualified"
    assert referral.qualified_at == NOON
    decision = referral.decisions.get(kind=Decision.Kind.QUALIFICATION)
    assert decision.outcome == "qualified"
    assert decision.data == {
        "action": "in_1",
        "amount": 100_00,
        "currency": "USD",
        "occurred_at": NOON.isoformat(),
        "expires_at": referral.expires_at.isoformat(),
        "by_coupon": False,
    }


def test_later_payments_may_earn_and_qualify_nothing_anew(referral):
    act(referral)

    assert act(referral, "in_2", at=NOON + 400 * DAY) is True

    assert status_of(referral) == "qualified"
    assert referral.qualified_at == NOON
    assert referral.decisions.filter(kind=Decision.Kind.QUALIFICATION).count() == 1
    assert Event.objects.filter(kind="referral.qualified").count() == 1


def test_first_payment_of_a_person_is_remembered(referral):
    act(referral, "in_1", at=NOON + DAY, occurred_at=NOON)
    act(referral, "in_2", at=NOON + 2 * DAY)

    referral.referred.refresh_from_db()
    assert (referral.referred.first_paid_at, referral.referred.first_payment) == (NOON + DAY, "in_1")


@pytest.mark.parametrize(
    ("after", "earns", "status"),
    [
        (30 * DAY - MICROSECOND, True, "qualified"),
        (30 * DAY, False, "expired"),
        (30 * DAY + MICROSECOND, False, "expired"),
    ],
)
def test_payment_counts_until_just_before_the_window_ends(referral, after, earns, status):
    assert act(referral, at=NOON + 31 * DAY, occurred_at=NOON + after) is earns

    assert status_of(referral) == status


def test_payment_after_the_window_says_why_and_stays_recorded(referral):
    act(referral, at=NOON + 31 * DAY)

    decision = referral.decisions.get(kind=Decision.Kind.EXPIRY)
    assert decision.reason == "The payment was made after the attribution window."
    assert status_of(referral) == "expired"
    assert (referral.ended_at, referral.qualified_at) == (NOON + 31 * DAY, None)
    assert list(referral.actions.values_list("key", flat=True)) == ["in_1"]


def test_second_payment_after_the_window_does_not_expire_twice(referral):
    act(referral, "in_1", at=NOON + 31 * DAY)
    act(referral, "in_2", at=NOON + 32 * DAY)

    assert status_of(referral) == "expired"
    assert referral.ended_at == NOON + 31 * DAY
    assert referral.decisions.filter(kind=Decision.Kind.EXPIRY).count() == 1


def test_payment_made_in_time_but_told_late_revives(referral):
    expire_referrals(at=NOON + 30 * DAY)

    assert act(referral, at=NOON + 40 * DAY, occurred_at=NOON + 29 * DAY) is True

    assert status_of(referral) == "qualified"
    assert (referral.qualified_at, referral.ended_at) == (NOON + 40 * DAY, None)


def test_payment_told_late_does_not_revive_beside_a_successor(referral, alice):
    expire_referrals(at=NOON + 30 * DAY)
    successor = refer(referral.program, referral.referred, code="ALICE", at=NOON + 35 * DAY)

    assert act(referral, at=NOON + 40 * DAY, occurred_at=NOON + 29 * DAY) is False

    assert (status_of(referral), status_of(successor)) == ("expired", "attributed")


def test_expired_successor_is_none(referral):
    expire_referrals(at=NOON + 30 * DAY)
    refer(referral.program, referral.referred, code="ALICE", at=NOON + 35 * DAY)
    expire_referrals(at=NOON + 65 * DAY)

    assert act(referral, at=NOON + 66 * DAY, occurred_at=NOON + 29 * DAY) is True

    assert status_of(referral) == "qualified"


def test_rejected_referral_is_noted_as_qualified_and_stays_rejected(referral):
    update_referral(
        referral,
        at=NOON,
        status="rejected",
        referrer_moderation=Moderation.DENIED,
        referred_moderation=Moderation.DENIED,
    )

    assert act(referral) is True

    assert status_of(referral) == "rejected"
    assert referral.qualified_at == NOON


def test_rejected_referral_whose_first_payment_is_late_has_not_earned(referral):
    update_referral(referral, at=NOON, status="rejected")

    assert act(referral, at=NOON + 30 * DAY) is False

    assert status_of(referral) == "rejected"
    assert referral.qualified_at is None
