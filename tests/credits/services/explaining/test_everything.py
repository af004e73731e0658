"""Whatever happened, it is explained to everybody, within its queries and its words; and decided the same again."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from credits.models import Reward
from credits.services.explaining import Audience, explain_referral, explain_reward
from credits.services.explaining.auditing import MOST_QUERIES, audit_explanations
from credits.services.explaining.denylist import find_leaks
from credits.services.maturation import mature_pending
from payouts.services.release import mark_paid
from referrals.models import Decision, Member, Person, Referral
from referrals.services.people import upsert_person
from referrals.services.referrals import refer
from tests.cast import NOON, make_referral, pay, refund
from tests.credits.services.explaining.stories import (
    ADDRESS,
    BOB,
    CARD,
    CUSTOMER,
    STORIES,
    TAMPERED,
    begin,
    payout_of,
    visit,
)

DAY = timedelta(days=1)
LATER = NOON + 5 * DAY
# Of each of these states there is a story, or the stories are worth nothing.
WANTED_STATES = {
    "attributed", "qualified", "review_required", "rewarded", "expired", "capped", "failed", "rejected",
}  # fmt: skip
SECRETS = (ADDRESS, "203.0.113.0", CARD, CUSTOMER, "iPhone")


@pytest.mark.parametrize("story", STORIES)
def test_all_is_explained_to_everybody_and_every_decision_comes_out_the_same(tell, story):
    tell(story)

    audit = audit_explanations(at=LATER)

    assert audit.failures == []
    assert audit.most_queries <= MOST_QUERIES
    assert audit.decisions["not recorded"] == 0
    assert audit.decisions["computed"] >= 1
    assert (audit.referrals, audit.rewards) == (Referral.objects.count(), Reward.objects.count())


@pytest.mark.parametrize("story", STORIES)
def test_support_is_told_no_address_device_or_card(tell, story):
    referral = tell(story)

    told = json.dumps([explain_referral(referral, audience=Audience.SUPPORT, at=LATER), *_rewards(Audience.SUPPORT)])

    assert [secret for secret in SECRETS if secret in told] == []


def _rewards(audience):
    return [explain_reward(reward, audience=audience, at=LATER) for reward in Reward.objects.all()]


def test_there_is_something_to_tell_that_must_not_be_told(tell):
    """The auditor is told the card, the customer and the address that support is not told."""
    told = json.dumps(explain_referral(tell("held"), audience=Audience.AUDITOR, at=LATER))

    assert [secret for secret in SECRETS if secret not in told] == []


def test_there_is_a_story_of_every_state(acme):
    """Each begins anew in a savepoint."""
    states = set()
    for story in STORIES.values():
        with transaction.atomic():
            story(begin(acme))
            states |= set(Referral.objects.values_list("status", flat=True))
            transaction.set_rollback(True)

    assert states == WANTED_STATES


@pytest.mark.parametrize("word", ["Fraud", "a risk rule", "shared_ip", "same card fingerprint", "staff:bob", "its ip"])
def test_words_of_suspicion_are_found(word):
    assert find_leaks({"summary": f"It was {word}."}, other=None)


def test_innocent_words_are_none_of_suspicion():
    assert find_leaks({"description": "The recipient of a descriptive scripted tip, on 2 May"}, other=None) == []


@pytest.mark.parametrize("name", ["email", "last_name", "external_id", "uid"])
def test_data_of_the_other_person_is_found(begun, name):
    told = {"summary": f"Brought in {getattr(begun.referred, name)}."}

    assert find_leaks(told, other=begun.referred) == [str(getattr(begun.referred, name))]


def test_membership_of_the_other_person_is_found(begun):
    told = {"member": str(begun.referrer.uid)}

    assert find_leaks(told, other=begun.referrer.person, member=begun.referrer) == [str(begun.referrer.uid)]


@pytest.mark.parametrize("first_name", ["dana@dana.example", "Dana Delacroix", "Dana 555 0100"])
def test_first_name_that_holds_more_is_not_told(begun, first_name):
    Person.objects.filter(pk=begun.referred_id).update(first_name=first_name)

    told = explain_referral(begun, audience=Audience.MEMBER, at=LATER)

    assert (
        told["summary"] == "Somebody came through you on 1 June 2026. It waits for a first payment until 1 July 2026."
    )


@pytest.mark.parametrize("tampered", TAMPERED)
def test_decision_that_does_not_follow_from_its_inputs_fails(tell, tampered):
    referral = tell("in_two_versions")
    TAMPERED[tampered](referral)

    failures = audit_explanations(at=LATER).failures

    assert [failure.split(": stored")[0] for failure in failures] == [
        f"decision {Decision.objects.latest('pk').pk} ({Decision.objects.latest('pk')})"
    ]


def test_fault_in_one_is_named_and_the_others_are_explained(tell):
    tell("careful")
    broken = Referral.objects.get(referred__external_id="erin")
    Decision.objects.create(
        tenant=broken.tenant, referral=broken, kind="risk", outcome="held", data={}, decided_at=NOON
    )

    audit = audit_explanations(at=LATER)

    assert audit.referrals == 2
    assert [failure.split(":")[0] for failure in audit.failures] == [
        f"referral {broken.uid} for support",
        f"referral {broken.uid} for auditor",
        f"decision {Decision.objects.latest('pk').pk} (risk",
    ]


def _count(explain) -> int:
    with CaptureQueriesContext(connection) as context:
        explain()
    return len(context.captured_queries)


@pytest.mark.parametrize("audience", Audience)
def test_explaining_takes_eight_queries_however_much_happened(begun, audience):
    """One touch, payment and payout; or many of each, with the reviews and refunds that go with them."""
    alice = begun.referrer
    bare = make_referral(alice, "erin")
    few = make_referral(alice, "finn")
    pay(few, 100_00)
    many = _bring_in_by_many_touches(alice)
    for number in range(6):
        refund(pay(many, 70_00, at=NOON + number * DAY), 1_00, at=NOON + number * DAY)
    for round_ in range(1, 4):
        mature_pending(at=NOON + (30 + round_) * DAY)
        mark_paid(payout_of(many, at=NOON + (30 + round_) * DAY), actor=BOB, reference="r", at=NOON + 40 * DAY)

    counts = {
        name: _count(lambda r=each: explain_referral(r, audience=audience, at=LATER))
        for name, each in {"bare": bare, "few": few, "many": many}.items()
    }

    assert counts == {"bare": 6, "few": 8, "many": 8}
    assert Reward.objects.filter(referral=many).count() == 7
    reward = Reward.objects.filter(referral=many).first()
    assert _count(lambda: explain_reward(reward, audience=audience, at=LATER)) == 8


def _bring_in_by_many_touches(alice: Member) -> Referral:
    for hours in range(1, 31):
        visit("ALICE", "v-gina", at=NOON - timedelta(hours=hours))
    gina = upsert_person(alice.tenant, external_id="gina", first_name="Gina", at=NOON)
    return refer(alice.program, gina, visitor="v-gina", at=NOON)


def test_another_tenants_referral_is_explained_by_its_own_rows_alone(begun, globex):
    """Charlie's program has rules and people of the same names."""
    pay(begun, 100_00)
    before = explain_referral(begun, audience=Audience.AUDITOR, at=LATER)
    pay(begin(globex), 999_00)

    assert explain_referral(begun, audience=Audience.AUDITOR, at=LATER) == before
