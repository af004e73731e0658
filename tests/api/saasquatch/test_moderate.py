"""What the six verbs do, seen from all sides."""

import pytest

from credits.services.books import check_books
from credits.services.maturation import mature_pending
from credits.services.redemption import redeem
from referrals.models import Decision, Moderation, Referral, Side
from tests.api.saasquatch.worlds import MATURED, bring_in
from tests.cast import NOON, pay, rewards_of

URL = "/api/v1/acme/referrals/moderate"


@pytest.fixture
def paid(alice) -> Referral:
    referral = bring_in(alice, "dana")
    pay(referral, 10_00)
    return referral


def moderate(caller, *actions: tuple[Referral, str]):
    body = {"actions": [{"referralId": referral.uid.hex[:24], "action": verb} for referral, verb in actions]}
    return caller.post(URL, body, content_type="application/json")


def sides(referral: Referral) -> tuple[str, str]:
    referral.refresh_from_db()
    return referral.referrer_moderation, referral.referred_moderation


A, D = Moderation.APPROVED, Moderation.DENIED


@pytest.mark.parametrize(
    ("verb", "moderation", "statuses"),
    [
        ("DENIED", (D, D), ("reverted", "reverted")),
        ("REFERRER_DENIED", (D, A), ("reverted", "pending")),
        ("REFERRED_DENIED", (A, D), ("pending", "reverted")),
        ("APPROVED", (A, A), ("pending", "pending")),
        ("REFERRER_APPROVED", (A, A), ("pending", "pending")),
        ("REFERRED_APPROVED", (A, A), ("pending", "pending")),
    ],
)
def test_a_verb_acts_on_its_sides_and_their_rewards(caller, paid, verb, moderation, statuses):
    response = moderate(caller, (paid, verb))

    assert (response.status_code, response.content) == (200, b"")
    assert sides(paid) == moderation
    assert tuple(status for _, _, status in rewards_of(paid)) == statuses
    assert check_books(at=MATURED).ok


def test_a_denied_side_can_be_approved_again_and_again(caller, paid):
    for verb in ("REFERRER_DENIED", "REFERRER_APPROVED", "DENIED", "REFERRED_APPROVED", "APPROVED"):
        assert moderate(caller, (paid, verb)).status_code == 200

    assert [status for _, _, status in rewards_of(paid)] == ["pending", "pending"]
    shown = caller.get(f"/api/v1/acme/referrals/{paid.uid.hex[:24]}").json()
    assert shown["referrerReward"]["dateCancelled"] is None


def test_actions_on_one_referral_are_carried_out_in_order(caller, paid):
    moderate(caller, (paid, "DENIED"), (paid, "REFERRER_APPROVED"))

    assert sides(paid) == (A, D)


def test_an_unknown_id_among_them_changes_nothing(caller, paid, globex):
    from tests.api.saasquatch.worlds import start

    theirs = bring_in(start("initech")[1], "dana")

    assert moderate(caller, (paid, "DENIED"), (theirs, "DENIED")).status_code == 404
    assert sides(paid) == sides(theirs) == (A, A)


def test_a_reward_that_is_spent_among_them_changes_nothing(caller, alice, paid):
    erin = bring_in(alice, "erin")
    mature_pending(at=MATURED)
    redeem([alice.person], amount=1, currency="USD", key="", actor="key:x", at=MATURED)

    response = moderate(caller, (erin, "DENIED"), (paid, "REFERRER_DENIED"))

    assert (response.status_code, response.json()["apiErrorCode"]) == (400, "REWARD_NOT_CANCELLABLE")
    assert sides(erin) == sides(paid) == (A, A)


def test_the_side_that_is_not_spent_can_still_be_denied(caller, alice, paid):
    mature_pending(at=MATURED)
    redeem([alice.person], amount=1, currency="USD", key="", actor="key:x", at=MATURED)

    assert moderate(caller, (paid, "REFERRED_DENIED")).status_code == 200
    assert [status for _, _, status in rewards_of(paid)] == ["available", "reverted"]


def test_a_denial_before_the_payment_keeps_rewards_from_being_made(caller, alice):
    referral = bring_in(alice, "dana")
    moderate(caller, (referral, "REFERRER_DENIED"))
    pay(referral, 10_00)

    assert [(side, status) for side, _, status in rewards_of(referral)] == [(Side.REFERRED, "pending")]


def test_approving_a_case_in_review_grants_and_closes_it(caller, alice):
    referral = bring_in(alice, "dana", email="alice@alice.example")
    pay(referral, 10_00)
    assert rewards_of(referral) == []

    moderate(caller, (referral, "APPROVED"))

    assert [status for _, _, status in rewards_of(referral)] == ["pending", "pending"]
    assert referral.reviews.get().status == "approved"


def test_who_decided_is_written_down(caller, paid, acme):
    moderate(caller, (paid, "REFERRER_DENIED"))

    decision = paid.decisions.get(kind=Decision.Kind.MODERATION)
    assert decision.actor == f"key:{acme.api_keys.get().public_key}"


def test_moderating_stamps_the_date(caller, paid):
    before = caller.get(f"/api/v1/acme/referrals/{paid.uid.hex[:24]}").json()
    moderate(caller, (paid, "DENIED"))
    after = caller.get(f"/api/v1/acme/referrals/{paid.uid.hex[:24]}").json()

    assert before["dateModerated"] == before["dateReferralStarted"] == int(NOON.timestamp()) * 1000
    assert after["dateModerated"] > before["dateModerated"]
    assert after["dateModerated"] <= after["dateModified"]
    assert (before["moderationStatus"], after["moderationStatus"]) == ("ACTIONED", "ACTIONED")
