"""From a change to a message on the wire."""

import base64
import hashlib
import hmac
import json

import pytest
from django.test import Client

from credits.services.maturation import mature_pending
from events.models import Delivery, WebhookEndpoint
from events.services.delivering import deliver_due
from events.services.endpoints import subscribe
from events.services.fanning import fan_out
from referrals.services.standing import remove_person
from tests.api.saasquatch.worlds import MATURED, basic, bring_in, key_of, start
from tests.cast import NOON, pay
from tests.events.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def alice(receiver):
    tenant, alice = start()
    fan_out()
    subscribe(tenant, dialect="saasquatch", url=receiver.url, at=NOON)
    return alice


def deliver(receiver) -> list[dict]:
    fan_out()
    deliver_due(at=MATURED.replace(year=2999))
    return sorted((json.loads(got["body"]) for got in receiver.got), key=lambda each: (each["type"], each["id"]))


def test_a_journey_is_told_in_saasquatchs_words(alice, receiver):
    referral = bring_in(alice, "dana")
    pay(referral, 10_00)
    mature_pending(at=MATURED)

    told = deliver(receiver)

    assert [each["type"] for each in told] == [
        "coupon.created",
        "referral.automoderation.complete",
        "referral.converted",
        "referral.started",
        "reward.created",
        "reward.created",
        "user.created",
        *["user.reward.balance.changed"] * 4,
    ]
    assert {tuple(each) for each in told} == {("id", "type", "tenantAlias", "live", "created", "data")}
    assert {(each["tenantAlias"], each["live"]) for each in told} == {("acme", True)}
    assert len({each["id"] for each in told}) == len(told)


def test_a_referral_is_told_by_the_ids_of_its_people_and_rewards(alice, receiver):
    referral = bring_in(alice, "dana")
    pay(referral, 10_00)

    converted = next(each for each in deliver(receiver) if each["type"] == "referral.converted")

    rewards = {reward.side: reward.uid.hex[:24] for reward in referral.rewards.all()}
    assert converted["created"] == 1780315200000
    assert converted["data"] == {
        "id": referral.uid.hex[:24],
        "referralCodeUsed": "ALICE",
        "shareLinkUsed": None,
        "moderationStatus": "ACTIONED",
        "referredModerationStatus": "APPROVED",
        "referrerModerationStatus": "APPROVED",
        "fraudSignals": None,
        "dateReferralStarted": 1780315200000,
        "dateReferralPaid": 1780315200000,
        "dateReferralEnded": None,
        "dateModerated": 1780315200000,
        "dateConverted": 1780315200000,
        "dateModified": 1780315200000,
        "dateUserModified": None,
        "programId": str(referral.program.uid),
        "referrer": {"id": "alice", "accountId": "alice-co"},
        "referred": {"id": "dana", "accountId": "dana-co"},
        "referrerUser": alice.person.uid.hex[:24],
        "referredUser": referral.referred.uid.hex[:24],
        "referrerReward": rewards["referrer"],
        "referredReward": rewards["referred"],
    }


def test_a_balance_says_what_can_be_spent_and_has_a_version_that_grows(alice, receiver):
    referral = bring_in(alice, "dana")
    pay(referral, 10_00)
    mature_pending(at=MATURED)

    balances = [each["data"] for each in deliver(receiver) if each["type"] == "user.reward.balance.changed"]

    of_alice = sorted(
        (each for each in balances if each["userId"] == "alice"), key=lambda each: each["resourceVersion"]
    )
    assert [{**each, "resourceVersion": 0} for each in of_alice] == [
        {"userId": "alice", "accountId": "alice-co", "unit": "CENTS", "availableValue": 250, "resourceVersion": 0}
    ] * 2
    assert of_alice[0]["resourceVersion"] < of_alice[1]["resourceVersion"]


def test_the_signature_is_that_of_the_body(alice, receiver):
    bring_in(alice, "dana")
    deliver(receiver)

    got = receiver.got[0]
    secret = alice.tenant.member_token_secret.encode()
    expected = base64.b64encode(hmac.digest(secret, got["body"], hashlib.sha1)).decode()
    assert got["headers"]["X-Hook-Signature"] == expected


def test_any_answer_but_200_is_a_failure_and_is_tried_every_hour(alice, receiver):
    receiver.status = 204
    bring_in(alice, "dana")
    fan_out()

    deliver_due(at=MATURED.replace(year=2999))

    first = Delivery.objects.first_in_line()
    assert {row.next_attempt_at.year for row in first} == {2999}
    assert set(first.values_list("status", "attempts")) == {("pending", 1)}
    assert len(receiver.got) == len(first)


def test_a_test_message_is_sent_on_request(alice, receiver):
    caller = Client(headers={"Authorization": f"Basic {basic(key_of(alice.tenant))}"})
    url = WebhookEndpoint.objects.get().url

    response = caller.post(f"/api/v1/acme/subscription/{url.replace(':', '%3A').replace('/', '%2F')}/test")

    assert response.status_code == 204
    (told,) = deliver(receiver)
    assert (told["type"], told["data"]) == ("test", {})


def test_nobody_is_told_of_somebody_who_was_removed(alice, receiver):
    referral = bring_in(alice, "dana")
    remove_person(referral.referred, at=NOON, actor="key:x")

    told = deliver(receiver)

    assert "user.created" not in {each["type"] for each in told}
    assert "Dana" not in json.dumps(told)
