"""A held referral is decided about once, however often it is asked."""

from collections import Counter

import pytest

from credits.errors import NotAwaitingReview
from credits.models import LedgerEntry, Review
from credits.services.books import check_books
from credits.services.moderation import moderate
from credits.services.verdicts import approve_held, reject_held
from referrals.models import Decision, Member, Moderation, Program, Referral, Side
from tests.cast import NOON, make_member, make_program, make_referral, make_tenant, pay, rewards_of
from tests.flows.threads import run_together

GRANTED = [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


def hold(alice: Member) -> Referral:
    sides = {f"{side}_moderation": Moderation.PENDING for side in Side}
    Program.objects.filter(pk=alice.program_id).update(**sides)
    alice.program.refresh_from_db()
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    return referral


def approve(referral: Referral) -> Referral:
    return approve_held(referral, actor="key:1", at=NOON)


def reject(referral: Referral, reason: str = "") -> Referral:
    return reject_held(referral, actor="key:1", at=NOON, reason=reason)


def test_approving_grants_and_names_who_did(alice: Member):
    referral = hold(alice)

    assert approve(referral).status == "rewarded"
    assert rewards_of(referral) == GRANTED
    assert Review.objects.get().decided_by == "key:1"


def test_approving_again_grants_nothing_more(alice: Member):
    referral = hold(alice)

    assert [approve(referral).status for _ in range(3)] == ["rewarded"] * 3
    assert (rewards_of(referral), LedgerEntry.objects.count()) == (GRANTED, 2)


def test_rejecting_grants_nothing_then_or_later(alice: Member):
    referral = hold(alice)

    assert [reject(referral, "shared card").status, reject(referral, "again").status] == ["rejected", "rejected"]
    pay(referral, 50_00)
    assert (rewards_of(referral), LedgerEntry.objects.count()) == ([], 0)
    assert Review.objects.get().decision_reason == "shared card"


def test_reason_is_what_it_was_held_for_unless_told(alice: Member):
    reject(hold(alice))

    assert Review.objects.get().decision_reason == "manual_moderation"


def test_only_what_awaits_review_is_decided_about(alice: Member):
    signed_up = make_referral(alice, "erin")
    for decide in (approve, reject):
        with pytest.raises(NotAwaitingReview):
            decide(signed_up)
    rewarded = make_referral(alice, "finn")
    pay(rewarded, 100_00)
    with pytest.raises(NotAwaitingReview):
        reject(rewarded)
    rejected = hold(alice)
    reject(rejected)
    with pytest.raises(NotAwaitingReview):
        approve(rejected)


def test_side_that_was_denied_stays_denied(alice: Member):
    referral = hold(alice)
    moderate(referral, Side.REFERRED, Moderation.DENIED, actor="staff:bob", at=NOON)

    approve(referral)

    assert rewards_of(referral) == GRANTED[:1]


def test_referral_denied_after_its_approval_is_not_approved_any_more(alice: Member):
    referral = hold(alice)
    approve(referral)
    for side in Side:
        moderate(referral, side, Moderation.DENIED, actor="staff:bob", at=NOON)

    with pytest.raises(NotAwaitingReview):
        approve(referral)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def alice(self) -> Member:
        return make_member(make_program(make_tenant("acme")), "alice", code="ALICE")

    def test_twenty_approvals_grant_once(self, alice: Member):
        referral = hold(alice)

        assert run_together(20, lambda _: approve(referral).status) == ["rewarded"] * 20
        assert (rewards_of(referral), LedgerEntry.objects.count()) == (GRANTED, 2)
        assert Decision.objects.filter(kind="review").count() == 1

    def test_of_approvals_and_rejections_the_first_stands(self, alice: Member):
        referral = hold(alice)

        def decide(number: int) -> str:
            try:
                return (approve if number % 2 else reject)(referral).status
            except NotAwaitingReview:
                return "too late"

        outcomes = Counter(run_together(20, decide))

        referral.refresh_from_db()
        assert outcomes == {referral.status: 10, "too late": 10}
        assert rewards_of(referral) == (GRANTED if referral.status == "rewarded" else [])
        assert check_books(at=NOON).differences == []
