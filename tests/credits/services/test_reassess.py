"""A mark of somebody becomes known after they were rewarded."""

from datetime import timedelta

import pytest

from credits.models import Review
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.review import approve
from credits.services.rewards import reassess
from referrals.models import Decision, Identifier, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay, rewards_of

DAY = timedelta(days=1)
LATER = NOON + DAY


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


def share_card(referral) -> None:
    for person in (referral.referrer.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=LATER)


def fresh(referral) -> Referral:
    return Referral.objects.get(pk=referral.pk)


def test_new_mark_holds_what_was_granted(referral):
    pay(referral, 100_00)
    share_card(referral)

    reassess(referral, at=LATER)

    review = Review.objects.get()
    assert (review.reasons, review.action, review.opened_at) == (
        ["same_card_fingerprint"],
        referral.actions.get(),
        LATER,
    )
    assert (fresh(referral).referrer_moderation, fresh(referral).referred_moderation) == ("PENDING", "PENDING")
    assert fresh(referral).status == "rewarded"
    assert mature_pending(at=NOON + 31 * DAY) == 0


def test_approving_lets_it_mature(referral):
    pay(referral, 100_00)
    share_card(referral)
    reassess(referral, at=LATER)

    approve(Review.objects.get(), actor="staff:bob", at=LATER)

    assert mature_pending(at=NOON + 31 * DAY) == 2
    assert len(rewards_of(referral)) == 2


def test_nothing_new_changes_nothing(referral):
    pay(referral, 100_00)
    decisions = Decision.objects.count()

    reassess(referral, at=LATER)

    assert (Review.objects.count(), Decision.objects.count()) == (0, decisions)


def test_case_that_is_open_stays_the_only_one(referral):
    share_card(referral)
    pay(referral, 100_00)

    reassess(referral, at=LATER)

    assert Review.objects.count() == 1


def test_unpaid_referral_is_not_judged(referral):
    share_card(referral)

    reassess(referral, at=LATER)

    assert (Review.objects.count(), fresh(referral).status) == (0, "attributed")


def test_expired_referral_with_a_late_payment_is_not_judged(referral):
    pay(referral, 100_00, at=NOON + 30 * DAY)
    share_card(referral)

    reassess(referral, at=NOON + 31 * DAY)

    assert (Review.objects.count(), fresh(referral).status) == (0, "expired")


def test_referral_of_which_both_sides_are_denied_is_not_held(referral):
    pay(referral, 100_00)
    for side in ("referrer", "referred"):
        moderate(referral, side, "DENIED", actor="staff:bob", at=NOON)
    share_card(referral)

    reassess(referral, at=LATER)

    assert (Review.objects.count(), fresh(referral).status) == (0, "rejected")
