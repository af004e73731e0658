"""What a payment earns, and what keeps it from earning."""

from datetime import timedelta

from credits.models import LedgerEntry, Review
from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from referrals.models import Decision, Identifier, Member, Moderation, Program, Referral, Side
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay, rewards_of

MONTH = timedelta(days=30)


def test_payment_rewards_both_sides(alice: Member):
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    referral.refresh_from_db()
    assert referral.status == Referral.Status.REWARDED
    assert rewards_of(referral) == [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


def test_grant_posts_to_the_ledger(alice: Member):
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    assert balance(alice.person, "USD") == {
        "expense": -25_00,
        "pending": 25_00,
        "available": 0,
        "reserved": 0,
        "paid": 0,
    }


def test_same_payment_earns_once(alice: Member):
    referral = make_referral(alice, "dana")

    pay(referral, 100_00, key="in_1")
    pay(referral, 100_00, key="in_1")

    assert len(rewards_of(referral)) == 2


def test_two_payments_earn_twice_up_to_the_maximum(alice: Member):
    referral = make_referral(alice, "dana")

    for _ in range(3):
        pay(referral, 180_00)

    assert rewards_of(referral) == [
        ("referrer", 45_00, "pending"),
        ("referrer", 45_00, "pending"),
        ("referrer", 10_00, "pending"),
        ("referred", 10_00, "pending"),
    ]


def test_hold_passes_and_reward_matures(alice: Member):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)

    early = mature_pending(at=NOON + MONTH - timedelta(microseconds=1))
    due = mature_pending(at=NOON + MONTH)

    assert (early, due) == (0, 2)
    assert balance(alice.person, "USD")["available"] == 25_00
    assert mature_pending(at=NOON + MONTH) == 0


def test_same_card_holds_for_review(alice: Member):
    referral = make_referral(alice, "dana")
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)

    pay(referral, 100_00)

    referral.refresh_from_db()
    review = Review.objects.get(referral=referral)
    assert referral.status == Referral.Status.REVIEW_REQUIRED
    assert (review.reasons, review.amount_at_risk, review.currency) == (["same_card_fingerprint"], 35_00, "USD")
    assert LedgerEntry.objects.count() == 0


def test_second_payment_of_a_held_referral_raises_the_amount_at_risk(alice: Member):
    referral = make_referral(alice, "dana")
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)

    pay(referral, 100_00)
    pay(referral, 100_00)

    assert Review.objects.get(referral=referral).amount_at_risk == 60_00


def test_payment_after_the_window_expires_the_referral(alice: Member):
    referral = make_referral(alice, "dana")

    pay(referral, 100_00, at=NOON + MONTH)

    referral.refresh_from_db()
    assert referral.status == Referral.Status.EXPIRED
    assert rewards_of(referral) == []


def test_monthly_cap_leaves_the_referred_side_its_reward(alice: Member, program: Program):
    Program.objects.filter(pk=program.pk).update(monthly_cap=1)
    first, second = (make_referral(alice, name) for name in ("dana", "erin"))

    pay(first, 100_00)
    pay(second, 100_00)

    second.refresh_from_db()
    assert (second.status, second.skip_reason) == (Referral.Status.CAPPED, "capped")
    assert rewards_of(second) == [("referred", 10_00, "pending")]


def test_cap_starts_anew_with_the_month(alice: Member, program: Program):
    Program.objects.filter(pk=program.pk).update(monthly_cap=1)
    pay(make_referral(alice, "dana"), 100_00)
    july = NOON.replace(month=7, day=1, hour=0)
    second = make_referral(alice, "erin", at=july)

    pay(second, 100_00, at=july)

    assert len(rewards_of(second)) == 2


def test_every_grant_is_explained(alice: Member):
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    decision = referral.decisions.get(kind=Decision.Kind.GRANT)
    assert [earning["why"] for earning in decision.data["earnings"]] == ["25% of 100.00 USD", "fixed 10.00 USD"]


def test_payment_of_a_rejected_referral_counts_once_it_is_approved(alice: Member):
    referral = make_referral(alice, "dana")
    for side in Side:
        moderate(referral, side, Moderation.DENIED, actor="staff:bob", at=NOON)
    pay(referral, 100_00)
    before = rewards_of(referral)

    moderate(referral, Side.REFERRER, Moderation.APPROVED, actor="staff:bob", at=NOON)

    referral.refresh_from_db()
    assert before == []
    assert (referral.status, rewards_of(referral)) == ("rewarded", [("referrer", 25_00, "pending")])


def test_program_that_reviews_from_a_score_of_zero_reviews_everything(alice: Member, program: Program):
    Program.objects.filter(pk=program.pk).update(risk_level="custom", review_score=0)
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    assert Review.objects.get(referral=referral).reasons == ["score_threshold"]
    assert rewards_of(referral) == []
