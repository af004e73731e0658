"""A person outside the desk says what has become of a referral."""

from datetime import timedelta

import pytest

from credits.errors import NotCancellable, NotReopenable
from credits.models import Review
from credits.services.books import check_books
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.outcomes import (
    accept_referral,
    deny_referral,
    qualify_referral,
    remove_referral,
    reopen_referral,
)
from credits.services.redemption import redeem
from events.models import Event
from referrals.errors import AlreadyReferred
from referrals.models import Action, Identifier, Referral
from referrals.services.details import describe_referral
from referrals.services.people import note_identifier
from referrals.services.referrals import expire_referrals, refer
from tests.cast import NOON, make_member, make_referral, pay, rewards_of
from tests.threads import run_at_once

DAY = timedelta(days=1)
LATE = NOON + 40 * DAY
ACTOR = "key:x"
EARNED = [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


def share_card(referral) -> None:
    for person in (referral.referrer.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)


def test_qualifying_earns_nothing_by_itself(referral):
    qualified = qualify_referral(referral, actor=ACTOR, at=NOON)

    assert (qualified.status, qualified.qualified_at, rewards_of(referral)) == ("qualified", NOON, [])
    assert qualified.decisions.get(kind="qualification").actor == ACTOR
    assert qualify_referral(referral, actor=ACTOR, at=LATE).qualified_at == NOON


def test_a_payment_after_qualifying_by_hand_earns(referral):
    qualify_referral(referral, actor=ACTOR, at=NOON)
    pay(referral, 100_00, at=LATE)

    assert rewards_of(referral) == EARNED
    assert check_books(at=LATE).ok


def test_accepting_with_an_amount_earns_of_it(referral):
    accepted = accept_referral(referral, amount=100_00, actor=ACTOR, at=NOON)

    assert (accepted.status, rewards_of(referral)) == ("rewarded", EARNED)
    assert accepted.details.approved_at == NOON
    assert check_books(at=NOON).ok


def test_accepting_without_one_takes_that_of_the_details(referral):
    describe_referral(referral, at=NOON, amount=100_00)

    accept_referral(referral, actor=ACTOR, at=NOON)

    assert rewards_of(referral) == EARNED


def test_accepting_without_any_amount_earns_what_is_fixed(referral):
    accepted = accept_referral(referral, actor=ACTOR, at=NOON)

    assert (accepted.status, rewards_of(referral)) == ("rewarded", [("referred", 10_00, "pending")])
    assert Action.objects.get().amount == 0
    assert check_books(at=NOON).ok


def test_accepting_again_earns_once(referral):
    for amount in (100_00, 200_00):
        accept_referral(referral, amount=amount, actor=ACTOR, at=NOON)

    assert rewards_of(referral) == EARNED


def test_accepting_knows_no_window(referral):
    expire_referrals(at=LATE)

    accepted = accept_referral(referral, amount=100_00, actor=ACTOR, at=LATE)

    assert (accepted.status, len(rewards_of(referral)), accepted.ended_at) == ("rewarded", 2, None)


def test_accepting_decides_an_open_case(referral):
    share_card(referral)
    pay(referral, 100_00)
    assert Review.objects.get().status == "open"

    accept_referral(referral, amount=0, actor=ACTOR, at=NOON)

    assert (Review.objects.get().status, Review.objects.get().decided_by) == ("approved", ACTOR)
    assert rewards_of(referral) == EARNED


def test_risk_that_the_acceptance_itself_opens_waits_for_a_reviewer(referral):
    share_card(referral)

    accepted = accept_referral(referral, amount=100_00, actor=ACTOR, at=NOON)

    assert (accepted.status, rewards_of(referral), Review.objects.get().status) == ("review_required", [], "open")


def test_one_that_starts_out_waiting_is_accepted_at_once(alice):
    alice.program.referrer_moderation = alice.program.referred_moderation = "PENDING"
    alice.program.save()
    referral = make_referral(alice, "dana")

    assert accept_referral(referral, amount=100_00, actor=ACTOR, at=NOON).status == "rewarded"


def test_denying_an_open_case_rejects_it(referral):
    share_card(referral)
    pay(referral, 100_00)

    denied = deny_referral(referral, actor=ACTOR, at=NOON)

    assert (denied.status, Review.objects.get().status, rewards_of(referral)) == ("rejected", "rejected", [])


def test_denying_takes_back_what_is_not_paid_out(referral):
    pay(referral, 100_00)

    assert deny_referral(referral, actor=ACTOR, at=NOON).status == "rejected"
    assert [status for _, _, status in rewards_of(referral)] == ["reverted", "reverted"]
    assert check_books(at=NOON).ok


def test_what_is_spent_keeps_a_referral_from_being_denied(referral, alice):
    pay(referral, 100_00)
    mature_pending(at=LATE)
    redeem([alice.person], amount=1, currency="USD", key="", actor=ACTOR, at=LATE)

    with pytest.raises(NotCancellable):
        deny_referral(referral, actor=ACTOR, at=LATE)

    referral.refresh_from_db()
    assert (referral.status, referral.referred_moderation) == ("rewarded", "APPROVED")


def test_denied_before_any_payment_is_open_again(referral):
    deny_referral(referral, actor=ACTOR, at=NOON)

    reopened = reopen_referral(referral, actor=ACTOR, at=LATE)

    assert (reopened.status, reopened.referrer_moderation) == ("attributed", "APPROVED")
    assert reopened.expires_at == LATE + 30 * DAY
    pay(referral, 100_00, at=LATE + DAY)
    assert rewards_of(referral) == EARNED


def test_what_was_paid_meanwhile_waits_for_a_reviewer(referral):
    deny_referral(referral, actor=ACTOR, at=NOON)
    pay(referral, 100_00)

    reopened = reopen_referral(referral, actor=ACTOR, at=NOON)

    assert (reopened.status, rewards_of(referral)) == ("review_required", [])
    assert Review.objects.get(status="open").reasons == ["manual_moderation"]
    assert accept_referral(referral, amount=0, actor=ACTOR, at=NOON).status == "rewarded"
    assert rewards_of(referral) == EARNED


def test_what_had_earned_is_for_a_reviewer_to_reopen(referral):
    pay(referral, 100_00)
    deny_referral(referral, actor=ACTOR, at=NOON)

    with pytest.raises(NotReopenable):
        reopen_referral(referral, actor=ACTOR, at=NOON)


def test_expired_one_gets_another_window_unless_somebody_else_was_quicker(referral, alice):
    expire_referrals(at=LATE)
    reopened = reopen_referral(referral, actor=ACTOR, at=LATE)
    assert (reopened.status, reopened.expires_at, reopened.ended_at) == ("attributed", LATE + 30 * DAY, None)

    expire_referrals(at=LATE + 31 * DAY)
    frank = make_member(alice.program, "frank")
    refer(alice.program, referral.referred, code=frank.codes.get().code, at=LATE + 32 * DAY)
    for again in (reopen_referral, qualify_referral, accept_referral):
        with pytest.raises(AlreadyReferred):
            again(referral, actor=ACTOR, at=LATE + 33 * DAY)


def test_one_that_is_open_stays_as_it_is(referral):
    events = Event.objects.count()

    assert reopen_referral(referral, actor=ACTOR, at=NOON).status == "attributed"
    assert Event.objects.count() == events


def test_removing_hides_and_takes_back_what_is_not_paid_out(referral, alice):
    pay(referral, 100_00)
    mature_pending(at=LATE)
    redeem([alice.person], amount=1, currency="USD", key="", actor=ACTOR, at=LATE)

    for _ in range(2):
        remove_referral(referral, actor=ACTOR, at=LATE)

    assert not Referral.objects.for_tenant(alice.tenant).exists()
    assert [status for _, _, status in rewards_of(referral)] == ["available", "reverted"]
    assert Event.objects.filter(kind="referral.removed").count() == 1
    assert check_books(at=LATE).ok


def test_person_of_a_removed_referral_can_be_referred_again(referral, alice):
    remove_referral(referral, actor=ACTOR, at=NOON)

    again = refer(alice.program, referral.referred, code=alice.codes.get().code, at=NOON)

    assert (again.status, again.pk != referral.pk) == ("attributed", True)


def test_one_side_denied_at_the_desk_is_approved_by_accepting(referral):
    moderate(referral, "referrer", "DENIED", actor="staff:bob", at=NOON)

    accept_referral(referral, amount=100_00, actor=ACTOR, at=NOON)

    assert rewards_of(referral) == EARNED


@pytest.mark.django_db(transaction=True)
def test_twenty_verdicts_at_once_leave_one_outcome(referral):
    def accept():
        return accept_referral(referral, amount=100_00, actor=ACTOR, at=NOON)

    answers = run_at_once(*[accept, lambda: deny_referral(referral, actor=ACTOR, at=NOON)] * 10)
    referral.refresh_from_db()

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    states = {status for _, _, status in rewards_of(referral)}
    assert (referral.status, states) in [("rewarded", {"pending"}), ("rejected", {"reverted"}), ("rejected", set())]
    assert check_books(at=NOON).ok
