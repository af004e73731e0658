"""The case a person decides: opening it, claiming it, deciding it."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from credits.errors import ClaimedByAnother, NotAwaitingReview, NotCancellable, PartyToCase, ReasonRequired
from credits.models import Review, Reward
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.review import (
    CLAIM_LEASE,
    approve,
    claim,
    claim_next,
    refresh_amount_at_risk,
    reject,
    release,
    staff,
)
from credits.services.rules import add_rule
from events.models import Event
from referrals.models import Decision, Identifier, Member, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_member, make_program, make_referral, pay, rewards_of
from tests.threads import run_at_once

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def fred(db) -> User:
    """Fred reviews too."""
    return get_user_model().objects.create_user("fred", "fred@staff.example", is_staff=True)


def hold(referrer: Member, name: str, *, amount: int = 100_00, at=NOON) -> Review:
    """A referral of which both people paid with one card."""
    referral = make_referral(referrer, name, at=at)
    for person in (referrer.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, f"fp_{name}", at=at)
    pay(referral, amount, at=at)
    return Review.objects.get(referral=referral)


@pytest.fixture
def review(alice) -> Review:
    return hold(alice, "dana")


def fresh(review: Review) -> Review:
    return Review.objects.select_related("referral").get(pk=review.pk)


def sides_of(review: Review) -> tuple[str, str]:
    referral = Referral.objects.get(pk=review.referral_id)
    return referral.referrer_moderation, referral.referred_moderation


def test_risk_holds_both_sides_with_the_evidence_of_the_moment(review, alice):
    referral = review.referral
    assert sides_of(review) == ("PENDING", "PENDING")
    assert (review.status, review.reasons, review.score) == ("open", ["same_card_fingerprint"], 90)
    assert (review.amount_at_risk, review.currency) == (35_00, "USD")
    assert (review.opened_at, review.deadline) == (NOON, NOON + 30 * DAY)
    assert review.action == referral.actions.get()
    assert review.evidence["matches"] == [{"kind": "card", "how": "same card"}]
    assert (review.evidence["touch"]["code"], review.evidence["touch"]["kind"]) == ("ALICE", "coupon")
    assert review.evidence["actions"] == [{"key": review.action.key, "amount": 100_00, "currency": "USD"}]
    assert review.evidence["assessment"]["score"] == 90


def test_case_is_told(review):
    event = Event.objects.get(kind="review.opened")
    assert event.subject == review.uid
    assert event.data == {
        "after": {"status": "open"},
        "referral": str(review.referral.uid),
        "reasons": ["same_card_fingerprint"],
    }


def test_side_that_starts_pending_is_held_alone(alice, program):
    program.referred_moderation = "PENDING"
    program.save(update_fields=["referred_moderation"])
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    review = Review.objects.get(referral=referral)
    assert (review.reasons, review.score) == (["manual_moderation"], 0)
    assert sides_of(review) == ("APPROVED", "PENDING")
    assert rewards_of(referral) == []


def test_side_that_a_person_denied_is_not_made_to_wait_again(alice):
    referral = make_referral(alice, "dana")
    moderate(referral, "referred", "DENIED", actor="staff:bob", at=NOON)
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)

    pay(referral, 100_00)

    assert sides_of(Review.objects.get()) == ("PENDING", "DENIED")


def test_risk_found_after_a_reward_keeps_it_from_maturing_until_decided(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    pay(referral, 100_00)

    assert mature_pending(at=NOON + 31 * DAY) == 0
    approve(Review.objects.get(), actor="staff:bob", at=NOON + 31 * DAY)

    assert mature_pending(at=NOON + 31 * DAY) == 2


def test_risk_that_was_decided_does_not_hold_again(review):
    approve(review, actor="staff:bob", at=LATER)

    pay(review.referral, 40_00, at=LATER)

    assert Review.objects.count() == 1
    assert rewards_of(review.referral)[1] == ("referrer", 10_00, "pending")


def test_amount_at_risk_follows_the_payments(review, program):
    add_rule(program, name="More", side="referrer", kind="fixed", amount=500, currency="USD", at=LATER)
    pay(review.referral, 40_00, at=LATER)

    refresh_amount_at_risk(fresh(review))

    assert fresh(review).amount_at_risk == 35_00 + 10_00 + 5_00


def test_claim_is_a_lease_of_a_quarter_of_an_hour(review, bob):
    claimed = claim(review, by=bob, at=NOON)

    assert timedelta(minutes=15) == CLAIM_LEASE
    assert (claimed.claimed_by, claimed.claimed_until) == (bob, NOON + CLAIM_LEASE)
    assert (fresh(review).claimed_by, fresh(review).claimed_until) == (bob, NOON + CLAIM_LEASE)


def test_claim_of_another_stands_until_its_lease_ends(review, bob, fred):
    claim(review, by=bob, at=NOON)

    with pytest.raises(ClaimedByAnother):
        claim(review, by=fred, at=NOON + CLAIM_LEASE - MICROSECOND)
    assert fresh(review).claimed_by == bob

    assert claim(review, by=fred, at=NOON + CLAIM_LEASE).claimed_by == fred


def test_claiming_again_renews_the_lease(review, bob):
    claim(review, by=bob, at=NOON)

    assert claim(review, by=bob, at=LATER).claimed_until == LATER + CLAIM_LEASE


def test_released_case_is_free(review, bob, fred):
    claim(review, by=bob, at=NOON)
    release(review, by=bob)

    assert claim(review, by=fred, at=NOON).claimed_by == fred


def test_nobody_releases_the_claim_of_another(review, bob, fred):
    claim(review, by=bob, at=NOON)
    release(review, by=fred)

    assert fresh(review).claimed_by == bob


def test_decided_case_cannot_be_claimed(review, bob):
    approve(review, actor="staff:bob", at=NOON)

    with pytest.raises(NotAwaitingReview):
        claim(review, by=bob, at=NOON)


def test_next_case_is_the_one_with_most_at_risk_then_the_nearest_deadline(alice, bob, fred):
    small = hold(alice, "dana", amount=10_00)
    late = hold(alice, "erin", amount=100_00, at=NOON + DAY)
    soon = hold(alice, "finn", amount=100_00)

    taken = []
    for number in range(4):
        user = get_user_model().objects.create_user(f"reviewer-{number}")
        taken.append(claim_next(by=user, at=NOON + DAY))

    assert taken == [soon, late, small, None]


def test_reviewer_who_holds_a_case_gets_that_one(alice, bob):
    small, _ = hold(alice, "dana", amount=10_00), hold(alice, "erin")
    claim(small, by=bob, at=NOON)

    taken = claim_next(by=bob, at=LATER - timedelta(minutes=50))

    assert (taken, taken.claimed_until) == (small, LATER - timedelta(minutes=50) + CLAIM_LEASE)


def test_next_case_of_one_tenant_only(alice, bob, globex):
    hold(alice, "dana", amount=400_00)
    charlie = make_member(make_program(globex), "charlie", code="CHARLIE")
    theirs = hold(charlie, "erin")

    assert claim_next(by=bob, at=NOON, tenant=globex) == theirs


@pytest.mark.django_db(transaction=True)
def test_reviewers_asking_at_once_get_different_cases(alice):
    reviews = [hold(alice, f"person-{number}") for number in range(6)]
    users = [get_user_model().objects.create_user(f"reviewer-{number}") for number in range(6)]

    taken = run_at_once(*[lambda user=user: claim_next(by=user, at=NOON) for user in users])

    assert {review.pk for review in taken} == {review.pk for review in reviews}


def test_approving_grants_what_was_earned(review, alice):
    approve(review, actor="staff:bob", note="I know them", at=LATER)

    assert sides_of(review) == ("APPROVED", "APPROVED")
    assert rewards_of(review.referral) == [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]
    decided = fresh(review)
    assert (decided.status, decided.decided_at, decided.decided_by) == ("approved", LATER, "staff:bob")
    assert decided.decision_reason == "I know them"
    assert decided.referral.status == "rewarded"
    assert Reward.objects.first().matures_at == LATER + 30 * DAY


def test_decision_is_explained_and_told(review):
    approve(review, actor="staff:bob", note="I know them", at=LATER)

    decision = review.referral.decisions.get(kind=Decision.Kind.REVIEW)
    assert (decision.outcome, decision.actor, decision.reason) == ("approved", "staff:bob", "I know them")
    assert decision.data == {"review": str(review.uid)}
    event = Event.objects.get(kind="review.approved")
    assert (event.subject, event.data) == (
        review.uid,
        {"before": {"status": "open"}, "after": {"status": "approved"}},
    )


@pytest.mark.parametrize(
    ("side", "sides", "rewards"),
    [
        ("referrer", ("APPROVED", "DENIED"), [("referrer", 25_00, "pending")]),
        ("referred", ("DENIED", "APPROVED"), [("referred", 10_00, "pending")]),
    ],
)
def test_approving_one_side_denies_the_other(review, side, sides, rewards):
    approve(review, actor="staff:bob", sides=[side], at=LATER)

    assert sides_of(review) == sides
    assert rewards_of(review.referral) == rewards
    assert fresh(review).status == "approved"


def test_approving_leaves_a_side_that_was_denied_before(alice):
    review = hold(alice, "dana")
    moderate(review.referral, "referred", "DENIED", actor="staff:fred", at=NOON)

    approve(review, actor="staff:bob", at=LATER)

    assert sides_of(review) == ("APPROVED", "DENIED")


def test_rejecting_grants_nothing(review):
    reject(review, actor="staff:bob", reason="One and the same", at=LATER)

    assert sides_of(review) == ("DENIED", "DENIED")
    assert rewards_of(review.referral) == []
    decided = fresh(review)
    assert (decided.status, decided.decision_reason) == ("rejected", "One and the same")
    assert decided.referral.status == "rejected"


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_rejecting_needs_a_reason(review, reason):
    with pytest.raises(ReasonRequired) as caught:
        reject(review, actor="staff:bob", reason=reason, at=LATER)

    assert caught.value.field == "reason"
    assert fresh(review).status == "open"


def test_rejecting_takes_back_what_one_side_had_been_granted(alice):
    """The referrer's reward stood already; a second payment shows a shared card."""
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    pay(referral, 100_00)

    reject(Review.objects.get(), actor="staff:bob", reason="One and the same", at=LATER)

    assert rewards_of(referral) == [("referrer", 25_00, "reverted"), ("referred", 10_00, "reverted")]


def test_rejecting_is_refused_when_something_was_paid_out(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    mature_pending(at=NOON + 30 * DAY)
    Reward.objects.filter(side="referred").update(status="issued")
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    pay(referral, 100_00)
    review = Review.objects.get()

    with pytest.raises(NotCancellable):
        reject(review, actor="staff:bob", reason="One and the same", at=LATER)

    assert (fresh(review).status, sides_of(review)) == ("open", ("PENDING", "PENDING"))
    assert rewards_of(referral) == [("referrer", 25_00, "available"), ("referred", 10_00, "issued")]


@pytest.mark.parametrize("again", [{"decide": approve}, {"decide": reject, "reason": "No"}])
@pytest.mark.parametrize("first", [{"decide": approve}, {"decide": reject, "reason": "No"}])
def test_case_is_decided_once(review, first, again):
    first, again = dict(first), dict(again)
    first.pop("decide")(review, actor="staff:bob", at=LATER, **first)

    with pytest.raises(NotAwaitingReview):
        again.pop("decide")(review, actor="staff:fred", at=LATER, **again)

    assert fresh(review).decided_by == "staff:bob"


def test_case_that_another_holds_is_not_decided(review, bob, fred):
    claim(review, by=bob, at=NOON)

    with pytest.raises(ClaimedByAnother):
        approve(review, actor=staff(fred), by=fred, at=NOON + CLAIM_LEASE - MICROSECOND)

    assert fresh(review).status == "open"
    approve(review, actor=staff(fred), by=fred, at=NOON + CLAIM_LEASE)
    assert fresh(review).decided_by == "staff:fred"


def test_case_is_decided_without_a_claim(review, bob):
    approve(review, actor=staff(bob), by=bob, at=NOON)

    assert fresh(review).decided_by == "staff:bob"


@pytest.mark.parametrize("decide", [approve, reject])
@pytest.mark.parametrize("address", ["alice@alice.example", "DANA@dana.example"])
def test_nobody_decides_on_their_own_case(review, bob, address, decide):
    bob.email = address
    reason = {"reason": "No"} if decide is reject else {}

    with pytest.raises(PartyToCase):
        decide(review, actor=staff(bob), by=bob, at=NOON, **reason)

    assert fresh(review).status == "open"


def test_reviewer_without_an_address_may_decide(review, bob):
    bob.email = ""

    approve(review, actor=staff(bob), by=bob, at=NOON)

    assert fresh(review).status == "approved"


def test_staff_are_named_by_their_user_name(bob):
    assert staff(bob) == "staff:bob"


@pytest.mark.django_db(transaction=True)
def test_approvals_and_rejections_at_once_leave_one_outcome(alice):
    review = hold(alice, "dana")
    calls = [lambda: approve(review, actor="staff:bob", at=LATER)] * 10
    calls += [lambda: reject(review, actor="staff:fred", reason="No", at=LATER)] * 5

    answers = run_at_once(*calls)

    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["NotAwaitingReview"] * 14 + ["Review"]
    decided = fresh(review)
    assert len(rewards_of(review.referral)) == (2 if decided.status == "approved" else 0)
    assert decided.referral.status == ("rewarded" if decided.status == "approved" else "rejected")
