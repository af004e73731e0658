"""From a change to a hook on the wire."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from api.referral_rock.webhooks import HOOK_EVENTS, TOPICS
from credits.services.by_hand import change_reward, give_reward
from credits.services.cancelling import cancel_reward
from credits.services.maturation import mature_pending
from credits.services.outcomes import accept_referral, deny_referral, remove_referral, reopen_referral
from events.services.delivering import deliver_due
from events.services.events import record_event
from events.services.fanning import fan_out
from payouts.models import PayoutMethod
from payouts.services.issuing import issue_rewards
from referrals.models import Program
from referrals.services.details import describe_referral
from referrals.services.members_changing import update_member
from referrals.services.members_removing import remove_member
from referrals.services.outreach.suppressions import suppress_email
from tests.api.referral_rock.hook_worlds import add_hook
from tests.api.referral_rock.worlds import make_member
from tests.cast import NOON, make_referral, pay
from tests.events.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=31)
SECOND = int(NOON.timestamp())
DONE = {"actor": "test", "at": NOON}


@pytest.fixture
def receiver(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hear(acme, alice, receiver):
    """Subscribe to events; what then happens is told by `hear.told()` as pairs of an event and its body."""

    class Ear:
        def __call__(self, *events: str) -> None:
            fan_out()  # nobody is told of what was before
            self.hooks = [add_hook(acme, url=f"{receiver.url}?{event}", event=event) for event in events]

        def told(self) -> list[tuple[str, dict]]:
            fan_out()
            deliver_due(at=LATER.replace(year=2999))
            return [(got["path"].partition("?")[2], json.loads(got["body"])) for got in receiver.got]

        def names(self) -> list[str]:
            return sorted(event for event, _ in self.told())

    return Ear()


@pytest.fixture
def show(caller):
    """The first row of a list, or the very entity, as a GET shows it."""

    def show(path: str, collection: str) -> dict:
        return caller.get(f"/api/{path}").json()[collection][0]

    return show


def capitals(shown: dict) -> dict:
    return {name[0].upper() + name[1:]: value for name, value in shown.items()}


def test_every_event_of_theirs_is_told_of_some_event_of_ours():
    assert {topic for topics in TOPICS.values() for topic in topics} == set(HOOK_EVENTS)
    assert len(HOOK_EVENTS) == 15


def test_a_new_referral_is_told_as_it_is_shown_with_capitals_and_an_instant(hear, alice, show):
    hear("ReferralAdd")
    make_referral(alice, "dana")

    ((event, body),) = hear.told()

    assert event == "ReferralAdd"
    assert body == capitals(show("referrals", "referrals")) | {"Timestamp": SECOND}
    assert list(body)[-1] == "Timestamp"
    read = {name: body[name] for name in ("Email", "FirstName", "LastName", "MemberEmail", "Status")}
    assert read == {
        "Email": "dana@dana.example",
        "FirstName": "Dana",
        "LastName": "",
        "MemberEmail": "alice@alice.example",
        "Status": "pending",
    }


def test_a_new_member_is_told_in_camel_case_but_for_the_id(hear, program, show):
    hear("MemberAdd")
    make_member(program, "dana")

    ((_, body),) = hear.told()

    shown = show("members?query=DANA", "members")
    assert body == {"Id": shown.pop("id"), **shown, "Timestamp": SECOND}
    assert next(iter(body)) == "Id"


def test_a_change_of_a_member_is_told_once_and_none_not_at_all(hear, alice):
    hear("MemberUpdate")
    update_member(alice, at=NOON, person={"phone": "555-0100"})
    update_member(alice, at=NOON, person={"phone": "555-0100"})

    ((_, body),) = hear.told()

    assert (body["Id"], body["phone"]) == (str(alice.uid), "555-0100")


def test_a_removed_member_is_told_as_they_were_last(hear, alice):
    hear("MemberDelete")
    remove_member(alice, at=NOON)

    ((_, body),) = hear.told()

    assert (body["Id"], body["email"], body["firstName"]) == (str(alice.uid), "alice@alice.example", "Alice")


def test_a_payment_moves_a_referral_step_by_step(hear, alice):
    hear("ReferralStatusChange", "ReferralUpdate")
    pay(make_referral(alice, "dana"), 10_00)

    told = [(event, body["Status"], body["ApprovedDate"] is None) for event, body in hear.told()]

    for event in ("ReferralStatusChange", "ReferralUpdate"):
        steps = [step[1:] for step in told if step[0] == event]
        assert steps == [("qualified", True), ("approved", False)]
    assert len(told) == 4


def test_only_a_change_that_their_words_show_is_one_of_status(hear, alice):
    """`expired` and `rejected` are both `denied` to them."""
    hear("ReferralStatusChange", "ReferralUpdate")
    referral = make_referral(alice, "dana")
    states = {"before": {"status": "expired"}, "after": {"status": "rejected"}}
    record_event(referral.tenant, "referral.rejected", subject=referral.uid, at=NOON, **states)

    assert [(event, body["Status"]) for event, body in hear.told()] == [("ReferralUpdate", "denied")]


def test_a_referral_that_is_open_again_is_no_new_one(hear, alice):
    hear("ReferralAdd", "ReferralStatusChange")
    referral = make_referral(alice, "dana")
    deny_referral(referral, **DONE)
    reopen_referral(referral, **DONE)

    told = [(event, body["Status"]) for event, body in hear.told()]

    assert sorted(told) == [
        ("ReferralAdd", "pending"),
        ("ReferralStatusChange", "denied"),
        ("ReferralStatusChange", "pending"),
    ]


def test_details_that_change_are_an_update(hear, alice):
    hear("ReferralUpdate")
    describe_referral(make_referral(alice, "dana"), at=NOON, company_name="Dana Ltd")

    ((_, body),) = hear.told()

    assert body["CompanyName"] == "Dana Ltd"


def test_a_removed_referral_is_told_as_it_was_last(hear, alice):
    hear("ReferralDelete")
    referral = make_referral(alice, "dana")
    remove_referral(referral, **DONE)

    ((_, body),) = hear.told()

    assert (body["Id"], body["Email"]) == (str(referral.uid), "dana@dana.example")


def test_a_reward_is_told_from_its_grant_to_its_issue(hear, alice, program):
    hear("RewardAdd", "RewardUpdate", "RewardIssue", "RewardDelete")
    reward = give_reward(alice.person, program, amount=25_00, currency="USD", **DONE)
    change_reward(reward, amount=30_00, **DONE)
    mature_pending(at=LATER)
    reward.refresh_from_db()
    issue_rewards([reward], PayoutMethod.objects.get(program=program, kind="manual"), actor="test", at=LATER)

    told = hear.told()

    of = {event: body for event, body in told if event != "RewardUpdate"}
    assert {event: body["Status"] for event, body in of.items()} == {"RewardAdd": "Pending", "RewardIssue": "Issued"}
    assert {body["Id"] for _, body in told} == {str(reward.uid)}
    assert of["RewardIssue"]["Amount"] == 30.0
    assert of["RewardIssue"]["Timestamp"] == int(LATER.timestamp())
    assert of["RewardIssue"]["IssueDate"] is not None
    assert [body["Status"] for event, body in told if event == "RewardUpdate"][-1] == "Issued"


def test_a_reward_is_told_as_it_is_shown(hear, alice, program, show):
    hear("RewardAdd")
    give_reward(alice.person, program, amount=25_00, currency="USD", **DONE)

    ((_, body),) = hear.told()

    assert body == capitals(show("rewards", "rewards")) | {"Timestamp": SECOND}


def test_a_reward_that_is_taken_back_is_deleted(hear, alice, program):
    hear("RewardDelete")
    reward = give_reward(alice.person, program, amount=25_00, currency="USD", **DONE)
    cancel_reward(reward, **DONE)

    ((_, body),) = hear.told()

    assert (body["Id"], body["Status"], body["Amount"]) == (str(reward.uid), "Removed", 25.0)


def test_an_unsubscribed_address_is_told_once(hear, acme):
    hear("EmailUnsubscribed")
    for _ in range(2):
        suppress_email(acme, "Lee@buyer.example", source="api", at=NOON)

    assert hear.told() == [("EmailUnsubscribed", {"Email": "Lee@buyer.example", "Timestamp": SECOND})]


def test_a_program_is_told_with_capitals_and_its_figures(hear, alice, program):
    hear("ProgramUpdate")
    referral = make_referral(alice, "dana")
    accept_referral(referral, amount=100_00, **DONE)
    Program.objects.filter(pk=program.pk).update(is_active=False)
    states = {"before": {"is_active": True}, "after": {"is_active": False}}
    record_event(program.tenant, "program.updated", subject=program.uid, at=NOON, **states)

    ((_, body),) = hear.told()

    assert body == {
        "Id": str(program.uid),
        "IsActive": False,
        "IsDefault": True,
        "Name": "default",
        "Type": "Web",
        "Title": "Spring Invite",
        "MemberOffer": "25% back",
        "ReferralOffer": "$10",
        "DirectUrl": "https://acme.example/spring",
        "WidgetUrl": "",
        "LoginUrl": "",
        "RegistrationViews": 0,
        "MembersRegistered": 1,
        "MemberViews": 0,
        "ReferralViews": 0,
        "ReferralsCreated": 1,
        "ReferralsApproved": 1,
        "MembersActive": 1,
        "MembersDisabled": 0,
        "ReferralsPending": 0,
        "ReferralsQualified": 0,
        "ReferralsDenied": 0,
        "ReferralsApprovedAmount": 100.0,
        "RewardsCreated": 2,
        "RewardsPending": 2,
        "RewardsIssued": 0,
        "RewardsIssuedAmount": 0.0,
        "Timestamp": SECOND,
    }


def test_a_program_is_told_of_where_it_is_switched_on_or_off_and_nowhere_else(hear, program):
    hear("ProgramUpdate")
    states = {"before": {"title": "Spring"}, "after": {"title": "Spring Invite"}}
    record_event(program.tenant, "program.updated", subject=program.uid, at=NOON, **states)

    assert hear.told() == []


def test_the_signature_is_that_of_the_body_with_the_endpoints_own_secret(hear, alice, receiver):
    hear("ReferralAdd")
    make_referral(alice, "dana")
    hear.told()

    (got,) = receiver.got
    assert got["headers"]["RR-Signature"] == hmac.new(b"s3cret", got["body"], hashlib.sha512).hexdigest()


def test_a_message_that_fails_is_told_again_word_for_word(hear, alice, receiver):
    hear("ReferralAdd")
    receiver.status = 500
    referral = make_referral(alice, "dana")
    hear.told()
    describe_referral(referral, at=NOON, company_name="Dana Ltd")
    receiver.status = 200

    deliver_due(at=LATER.replace(year=3000))

    first, second = receiver.got
    assert first["body"] == second["body"]
    assert first["headers"]["Webhook-Id"] == second["headers"]["Webhook-Id"]
    assert first["headers"]["RR-Signature"] == second["headers"]["RR-Signature"]
