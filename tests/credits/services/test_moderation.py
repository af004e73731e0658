"""Approving or denying one side: what is taken back, what comes back, and what cannot be."""

from datetime import timedelta

import pytest

from credits.errors import NotCancellable
from credits.models import LedgerEntry, Review, Reward
from credits.services.books import check_books
from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from events.models import Event
from referrals.models import Decision, Identifier, Referral
from referrals.services.people import note_identifier
from referrals.services.referrals import expire_referrals
from tests.cast import NOON, make_referral, pay, refund, rewards_of

DAY = timedelta(days=1)
LATER = NOON + DAY


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


@pytest.fixture
def paid(referral) -> Referral:
    """25.00 USD pending for Alice, 10.00 USD for Dana."""
    pay(referral, 100_00)
    return referral


@pytest.fixture
def held(alice, referral) -> Referral:
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    pay(referral, 100_00)
    return referral


def deny(referral, side="referrer", *, at=LATER, reason=""):
    return moderate(referral, side, "DENIED", actor="staff:bob", at=at, reason=reason)


def allow(referral, side="referrer", *, at=LATER):
    return moderate(referral, side, "APPROVED", actor="staff:bob", at=at)


def status_of(referral) -> str:
    return Referral.objects.get(pk=referral.pk).status


def buckets(person) -> tuple[int, int, int]:
    book = balance(person, "USD")
    return book["expense"], book["pending"], book["available"]


def test_denying_a_side_takes_back_its_pending_reward(alice, paid):
    deny(paid)

    assert rewards_of(paid) == [("referrer", 25_00, "reverted"), ("referred", 10_00, "pending")]
    assert buckets(alice.person) == (0, 0, 0)
    assert buckets(paid.referred) == (-10_00, 10_00, 0)
    reward = Reward.objects.get(side="referrer")
    assert (reward.reverted_at, reward.updated_at) == (LATER, LATER)
    assert status_of(paid) == "rewarded"


def test_denying_takes_back_by_an_opposite_entry(paid):
    deny(paid)

    reward = Reward.objects.get(side="referrer")
    denial = paid.decisions.get(outcome="DENIED")
    entries = reward.entries.order_by("id").values_list("kind", "debit", "credit", "amount", "key")
    assert list(entries) == [
        ("grant", "expense", "pending", 25_00, f"grant:{reward.pk}"),
        ("revert", "pending", "expense", 25_00, f"reward:{reward.pk}:1:denied:{denial.pk}"),
    ]


def test_denying_takes_back_an_available_reward(alice, paid):
    mature_pending(at=NOON + 30 * DAY)

    deny(paid, at=NOON + 31 * DAY)

    assert rewards_of(paid)[0] == ("referrer", 25_00, "reverted")
    assert buckets(alice.person) == (0, 0, 0)
    assert LedgerEntry.objects.get(kind="revert").debit == "available"


def test_approving_again_gives_back_a_pending_reward_with_its_date(alice, paid):
    deny(paid)
    allow(paid)

    reward = Reward.objects.get(side="referrer")
    assert (reward.status, reward.reverted_at, reward.matures_at) == ("pending", None, NOON + 30 * DAY)
    assert buckets(alice.person) == (-25_00, 25_00, 0)
    assert LedgerEntry.objects.get(kind="restore").credit == "pending"


def test_approving_again_gives_back_an_available_reward_as_available(alice, paid):
    mature_pending(at=NOON + 30 * DAY)
    deny(paid, at=NOON + 31 * DAY)

    allow(paid, at=NOON + 32 * DAY)

    reward = Reward.objects.get(side="referrer")
    assert (reward.status, reward.available_at) == ("available", NOON + 30 * DAY)
    assert buckets(alice.person) == (-25_00, 0, 25_00)
    assert mature_pending(at=NOON + 33 * DAY) == 0


def test_reward_given_back_after_its_hold_matures_at_the_next_sweep(alice, paid):
    deny(paid)
    assert mature_pending(at=NOON + 40 * DAY) == 1

    allow(paid, at=NOON + 41 * DAY)

    assert mature_pending(at=NOON + 41 * DAY) == 1
    assert buckets(alice.person) == (-25_00, 0, 25_00)


def test_to_and_fro_leaves_each_move_in_the_books(alice, paid):
    for _ in range(3):
        deny(paid)
        allow(paid)

    kinds = Reward.objects.get(side="referrer").entries.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["grant", *["revert", "restore"] * 3]
    assert buckets(alice.person) == (-25_00, 25_00, 0)
    assert check_books(at=LATER).differences == []


def test_repeating_a_verdict_changes_nothing(paid):
    deny(paid)
    entries, decisions = LedgerEntry.objects.count(), Decision.objects.count()

    deny(paid)

    assert (LedgerEntry.objects.count(), Decision.objects.count()) == (entries, decisions)


def test_verdict_is_explained_and_told(paid):
    deny(paid, reason="Same flat")

    decision = paid.decisions.get(kind=Decision.Kind.MODERATION)
    assert (decision.outcome, decision.actor, decision.reason) == ("DENIED", "staff:bob", "Same flat")
    assert decision.data == {"side": "referrer", "before": "APPROVED"}
    event = Event.objects.get(kind="referral.moderated")
    assert event.data == {
        "side": "referrer",
        "before": {"moderation": "APPROVED"},
        "after": {"moderation": "DENIED"},
    }
    row = Referral.objects.get(pk=paid.pk)
    assert (row.referrer_moderation, row.referred_moderation, row.moderated_at) == ("DENIED", "APPROVED", LATER)


def test_each_reward_taken_back_and_given_back_is_told(paid):
    deny(paid)
    allow(paid)

    reward = Reward.objects.get(side="referrer")
    told = Event.objects.filter(subject=reward.uid).exclude(kind="reward.granted").order_by("id")
    assert [(event.kind, event.data["before"], event.data["after"]) for event in told] == [
        ("reward.reverted", {"status": "pending", "amount": 25_00}, {"status": "reverted", "amount": 0}),
        ("reward.restored", {"status": "reverted", "amount": 0}, {"status": "pending", "amount": 25_00}),
    ]


def test_denied_side_earns_nothing_until_it_is_approved(paid):
    deny(paid)
    pay(paid, 40_00, at=LATER)
    assert rewards_of(paid) == [("referrer", 25_00, "reverted"), ("referred", 10_00, "pending")]

    allow(paid, at=LATER + DAY)

    assert rewards_of(paid) == [
        ("referrer", 25_00, "pending"),
        ("referrer", 10_00, "pending"),
        ("referred", 10_00, "pending"),
    ]
    assert Reward.objects.get(amount=10_00, side="referrer").matures_at == LATER + DAY + 30 * DAY


def test_what_comes_back_counts_towards_the_maximum(paid):
    pay(paid, 300_00)
    deny(paid)
    pay(paid, 100_00)

    allow(paid)

    assert [amount for side, amount, _ in rewards_of(paid) if side == "referrer"] == [25_00, 75_00]


def test_denying_both_sides_rejects(paid):
    deny(paid, "referrer")
    deny(paid, "referred")

    assert status_of(paid) == "rejected"
    assert {status for _, _, status in rewards_of(paid)} == {"reverted"}


def test_approving_one_side_of_a_rejected_referral_rewards_it_again(paid):
    deny(paid, "referrer")
    deny(paid, "referred")

    allow(paid, "referred")

    assert status_of(paid) == "rewarded"
    assert rewards_of(paid) == [("referrer", 25_00, "reverted"), ("referred", 10_00, "pending")]


def test_unpaid_referral_is_rejected_and_comes_back(referral):
    deny(referral, "referrer")
    assert status_of(referral) == "attributed"
    deny(referral, "referred")
    assert status_of(referral) == "rejected"
    allow(referral, "referred")
    assert status_of(referral) == "attributed"


@pytest.mark.parametrize("sides", [["referrer"], ["referrer", "referred"]])
def test_expired_referral_stays_expired_whatever_its_sides(referral, sides):
    expire_referrals(at=NOON + 30 * DAY)

    for side in sides:
        deny(referral, side, at=NOON + 31 * DAY)
    assert status_of(referral) == "expired"
    for side in sides:
        allow(referral, side, at=NOON + 31 * DAY)
    assert status_of(referral) == "expired"


def test_refund_is_not_undone_by_a_denial_and_an_approval(alice, paid):
    refund(paid.actions.get(), 100_00, at=LATER)
    deny(paid)

    allow(paid)

    assert rewards_of(paid)[0] == ("referrer", 25_00, "reverted")
    assert buckets(alice.person) == (0, 0, 0)


def test_refund_between_two_denials_stays(alice, paid):
    deny(paid)
    allow(paid)
    refund(paid.actions.get(), 100_00, at=LATER)
    deny(paid)

    allow(paid)

    assert buckets(alice.person) == (0, 0, 0)


@pytest.mark.parametrize("status", ["processing", "issued"])
def test_reward_on_its_way_out_cannot_be_denied(paid, status):
    mature_pending(at=NOON + 30 * DAY)
    Reward.objects.filter(side="referrer").update(status=status)
    decisions = Decision.objects.count()

    with pytest.raises(NotCancellable):
        deny(paid)

    assert Referral.objects.get(pk=paid.pk).referrer_moderation == "APPROVED"
    assert Decision.objects.count() == decisions
    assert rewards_of(paid) == [("referrer", 25_00, status), ("referred", 10_00, "available")]


def test_one_issued_reward_keeps_the_others_of_its_side(paid):
    pay(paid, 100_00)
    mature_pending(at=NOON + 30 * DAY)
    last = Reward.objects.filter(side="referrer").latest("id")
    Reward.objects.filter(pk=last.pk).update(status="issued")

    with pytest.raises(NotCancellable):
        deny(paid)

    assert rewards_of(paid)[0] == ("referrer", 25_00, "available")


def test_one_side_decided_elsewhere_leaves_the_review_open(held):
    deny(held, "referrer")

    assert Review.objects.get(referral=held).status == "open"
    assert status_of(held) == "review_required"


@pytest.mark.parametrize(
    ("referrer", "referred", "status", "rewards"),
    [
        ("DENIED", "DENIED", "rejected", []),
        ("APPROVED", "DENIED", "approved", [("referrer", 25_00, "pending")]),
        ("DENIED", "APPROVED", "approved", [("referred", 10_00, "pending")]),
        ("APPROVED", "APPROVED", "approved", [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]),
    ],
)
def test_review_is_closed_when_both_sides_are_decided_elsewhere(held, referrer, referred, status, rewards):
    moderate(held, "referrer", referrer, actor="key:pk_1", at=LATER)
    moderate(held, "referred", referred, actor="key:pk_1", at=LATER, reason="Seen in the shop")

    review = Review.objects.get(referral=held)
    assert (review.status, review.decided_by, review.decided_at) == (status, "key:pk_1", LATER)
    assert review.decision_reason == "Seen in the shop"
    assert rewards_of(held) == rewards
    assert status_of(held) == ("rejected" if status == "rejected" else "rewarded")


def test_new_payment_with_new_risk_after_a_full_refund_is_held(alice, paid):
    refund(paid.actions.get(), 100_00, at=LATER)
    for person in (alice.person, paid.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)

    pay(paid, 100_00, at=LATER)

    assert status_of(paid) == "review_required"
