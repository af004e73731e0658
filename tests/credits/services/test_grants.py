"""Granting what was earned: the reward with its frozen terms, its entry, its explanation, and what a failure leaves."""

from datetime import timedelta

import pytest
from django.db import connection

from credits.models import LedgerEntry, Review, Reward, RewardRule
from credits.services.grants import grant_due, settle
from credits.services.ledger import balance
from credits.services.moderation import moderate
from credits.services.rules import add_rule, revise_rule
from events.models import Event
from referrals.models import Decision, Identifier, Program
from referrals.services.people import note_identifier
from referrals.services.status import lock_referral
from tests.cast import NOON, make_referral, pay, rewards_of

DAY = timedelta(days=1)


@pytest.fixture
def full_disk(db):
    """`full_disk(True)`: the database refuses ledger entries, as a full disk would; `full_disk(False)`: it has room."""

    def set_full(is_full):
        with connection.cursor() as cursor:
            if is_full:
                cursor.execute(
                    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$"
                )
                cursor.execute(
                    "CREATE TRIGGER full_disk BEFORE INSERT ON credits_ledgerentry EXECUTE FUNCTION refuse()"
                )
            else:
                cursor.execute("DROP FUNCTION refuse CASCADE")

    return set_full


def grant(referral, *, at=NOON):
    return grant_due(lock_referral(referral.pk), at=at)


def fresh(referral):
    referral.refresh_from_db()
    return referral


def test_reward_freezes_the_terms_it_was_granted_on(alice, program):
    referral = make_referral(alice, "dana")
    action = pay(referral, 100_00)

    Program.objects.update(hold_days=1)

    reward = Reward.objects.get(side="referrer")
    rule = RewardRule.objects.get(side="referrer")
    assert (reward.tenant, reward.person, reward.referral) == (alice.tenant, alice.person, referral)
    assert (reward.action, reward.rule, reward.mode) == (action, rule, "credits")
    assert (reward.amount, reward.currency, reward.base_amount, str(reward.rate)) == (2500, "USD", 10000, "0.250000")
    assert (reward.hold_days, reward.matures_at, reward.created_at) == (30, NOON + 30 * DAY, NOON)
    assert (reward.status, reward.available_at, reward.reverted_at) == ("pending", None, None)


def test_referred_side_earns_for_the_referred_person(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)

    reward = Reward.objects.get(side="referred")
    assert (reward.person, reward.amount, reward.currency, reward.rate) == (referral.referred, 1000, "USD", None)


def test_rules_own_hold_goes_before_the_programs(alice, program):
    revise_rule(RewardRule.objects.get(side="referred"), hold_days=0, at=NOON)

    pay(make_referral(alice, "dana"), 100_00)

    holds = Reward.objects.order_by("side").values_list("side", "hold_days", "matures_at")
    assert list(holds) == [("referred", 0, NOON), ("referrer", 30, NOON + 30 * DAY)]


def test_each_reward_has_one_entry(alice):
    pay(make_referral(alice, "dana"), 100_00)

    for reward in Reward.objects.all():
        entry = reward.entries.get()
        assert (entry.kind, entry.debit, entry.credit) == ("grant", "expense", "pending")
        assert (entry.amount, entry.currency, entry.person) == (reward.amount, reward.currency, reward.person)
        assert (entry.key, entry.effective_at, entry.recorded_at) == (f"grant:{reward.pk}", NOON, NOON)


def test_each_reward_is_told(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)

    told = {event.subject: event.data for event in Event.objects.filter(kind="reward.granted")}
    assert told == {
        reward.uid: {
            "after": {"status": "pending"},
            "referral": str(referral.uid),
            "amount": reward.amount,
            "currency": "USD",
            "side": reward.side,
        }
        for reward in Reward.objects.all()
    }


def test_what_earns_nothing_is_explained_too(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 400_00)
    pay(referral, 100_00)

    decision = referral.decisions.filter(kind=Decision.Kind.GRANT).latest("id")
    assert (decision.outcome, decision.data["rewards"]) == ("nothing granted", [])
    assert [(earning["side"], earning["amount"], earning["why"]) for earning in decision.data["earnings"]] == [
        ("referrer", 0, "25% of 100.00 USD; at most 100.00 USD per referred person leaves 0.00 USD"),
        ("referred", 0, "it earns once only"),
    ]


def test_granting_again_grants_nothing(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)

    assert grant(referral) == []
    assert LedgerEntry.objects.count() == 2


def test_payment_too_small_to_earn_leaves_the_referral_qualified(alice):
    RewardRule.objects.filter(side="referred").update(retired_at=NOON)
    referral = make_referral(alice, "dana")

    pay(referral, 1)

    assert (fresh(referral).status, rewards_of(referral)) == ("qualified", [])


def test_nothing_is_granted_while_a_review_is_open(alice):
    referral = make_referral(alice, "dana")
    for person in (alice.person, referral.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    pay(referral, 100_00)

    assert grant(referral) == []
    assert fresh(referral).status == "review_required"


def test_side_that_is_not_approved_waits(alice):
    referral = make_referral(alice, "dana")
    moderate(referral, "referrer", "DENIED", actor="staff:bob", at=NOON)

    pay(referral, 100_00)

    assert rewards_of(referral) == [("referred", 1000, "pending")]
    assert fresh(referral).status == "rewarded"


def test_failed_grant_keeps_the_payment_and_says_why(alice, full_disk):
    referral = make_referral(alice, "dana")
    full_disk(True)

    pay(referral, 100_00, key="in_1")

    assert fresh(referral).status == "failed"
    assert referral.error.startswith("OperationalError: no space left on device")
    assert list(referral.actions.values_list("key", "amount")) == [("in_1", 100_00)]
    assert (Reward.objects.count(), LedgerEntry.objects.count()) == (0, 0)
    decision = referral.decisions.get(kind=Decision.Kind.GRANT)
    assert (decision.outcome, decision.reason) == ("failed", referral.error[:500])


def test_failed_grant_is_recovered_by_the_same_call(alice, full_disk):
    referral = make_referral(alice, "dana")
    full_disk(True)
    pay(referral, 100_00)
    full_disk(False)

    granted = grant(referral, at=NOON + DAY)

    assert [(reward.side, reward.amount) for reward in granted] == [("referrer", 2500), ("referred", 1000)]
    assert (fresh(referral).status, referral.error, referral.rewarded_at) == ("rewarded", "", NOON + DAY)


def test_failed_grant_is_recovered_by_the_next_payment(alice, full_disk):
    referral = make_referral(alice, "dana")
    full_disk(True)
    pay(referral, 100_00)
    full_disk(False)

    pay(referral, 100_00)

    assert rewards_of(referral) == [
        ("referrer", 2500, "pending"),
        ("referrer", 2500, "pending"),
        ("referred", 1000, "pending"),
    ]
    assert (fresh(referral).status, referral.error) == ("rewarded", "")


def test_grant_that_fails_after_another_stood_leaves_the_referral_rewarded_with_the_error(alice, full_disk):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    full_disk(True)

    pay(referral, 100_00)

    assert fresh(referral).status == "rewarded"
    assert referral.error.startswith("OperationalError: no space left on device")
    assert len(rewards_of(referral)) == 2


def test_error_of_a_rewarded_referral_goes_when_it_is_recovered(alice, full_disk):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    full_disk(True)
    pay(referral, 100_00)
    full_disk(False)

    grant(referral)

    assert (fresh(referral).status, referral.error) == ("rewarded", "")
    assert balance(alice.person, "USD")["pending"] == 50_00


def test_grant_fails_as_a_whole(alice, program):
    """The referrer's side comes first and could be granted; the referred side's hold is beyond any calendar."""
    revise_rule(RewardRule.objects.get(side="referred"), hold_days=10**7, at=NOON)
    referral = make_referral(alice, "dana")

    pay(referral, 100_00)

    assert fresh(referral).error == "OverflowError: date value out of range"
    assert (rewards_of(referral), LedgerEntry.objects.count()) == ([], 0)


def test_first_reward_sets_the_time_of_rewarding(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00, at=NOON + DAY)
    pay(referral, 100_00, at=NOON + 2 * DAY)

    assert fresh(referral).rewarded_at == NOON + DAY


def test_settling_an_expired_referral_leaves_it_expired(alice):
    referral = make_referral(alice, "dana")
    pay(referral, 100_00, at=NOON + 30 * DAY)

    settle(lock_referral(referral.pk), at=NOON + 30 * DAY)

    assert fresh(referral).status == "expired"


def test_new_risk_about_a_capped_referral_sends_it_to_review(alice, program):
    Program.objects.update(lifetime_cap=1)
    pay(make_referral(alice, "dana"), 100_00)
    capped = make_referral(alice, "erin")
    pay(capped, 100_00)
    for person in (alice.person, capped.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)

    pay(capped, 100_00)

    assert fresh(capped).status == "review_required"
    assert Review.objects.get(referral=capped).status == "open"


def test_cap_reached_after_the_other_side_was_rewarded_leaves_it_rewarded(alice, program):
    Program.objects.update(lifetime_cap=1)
    pay(make_referral(alice, "dana"), 100_00)
    second = make_referral(alice, "erin")
    moderate(second, "referrer", "DENIED", actor="staff:bob", at=NOON)
    pay(second, 100_00)

    moderate(second, "referrer", "APPROVED", actor="staff:bob", at=NOON)

    assert (fresh(second).status, second.skip_reason) == ("rewarded", "capped")
    assert rewards_of(second) == [("referred", 1000, "pending")]


def test_rule_added_later_may_reach_the_cap_of_a_rewarded_referral(alice, program):
    Program.objects.update(lifetime_cap=1)
    pay(make_referral(alice, "dana"), 100_00)
    RewardRule.objects.filter(side="referrer").update(retired_at=NOON)
    second = make_referral(alice, "erin")
    pay(second, 100_00)
    add_rule(program, name="10%", side="referrer", kind="percentage", initial_rate="0.1", at=NOON + DAY)

    pay(second, 100_00, at=NOON + DAY)

    assert (fresh(second).status, second.skip_reason) == ("rewarded", "capped")
    assert rewards_of(second) == [("referred", 1000, "pending")]
