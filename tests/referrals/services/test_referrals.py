"""A person signs up: whose referral is it, why not, and when does it lapse."""

from datetime import timedelta

import pytest

from events.models import Event
from referrals.errors import (
    AlreadyReferred,
    BlockedPerson,
    NotAttributed,
    ProgramInactive,
    SelfReferral,
    UnknownCode,
)
from referrals.models import Attribution, Code, Decision, Identifier, Member, Person, Referral
from referrals.services.attributions import record_click
from referrals.services.referrals import expire_referrals, find_code, find_touch, refer
from tests.cast import NOON, make_member, make_person, make_program, make_referral, pay
from tests.threads import run_at_once

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def dana(alice) -> Person:
    return make_person(alice.tenant, "dana")


@pytest.fixture
def bert(program) -> Member:
    return make_member(program, "bert", code="BERT")


def visit(code, *, at=NOON, visitor="v-1", **fields):
    return record_click(code, ip="198.51.100.7", user_agent=FIREFOX, visitor=visitor, at=at, **fields)


def only_refusal() -> Decision:
    return Decision.objects.get(referral=None)


def test_code_given_at_sign_up_makes_a_referral(program, alice, dana):
    referral = refer(program, dana, code="alice", at=NOON)

    assert (referral.referrer, referral.referred, referral.code) == (alice, dana, alice.codes.get())
    assert (referral.status, referral.attributed_at, referral.expires_at) == ("attributed", NOON, NOON + 30 * DAY)
    assert (referral.referrer_moderation, referral.referred_moderation) == ("APPROVED", "APPROVED")
    touch = Attribution.objects.get(pk=referral.attribution_id)
    assert (touch.kind, touch.status, touch.new_member, touch.confirmed_at) == ("coupon", "confirmed", dana, NOON)


def test_visitor_makes_a_referral_with_what_the_touch_told(program, alice, dana):
    click = visit("ALICE", landing_path="/welcome", utm_source="mail", utm_medium="letter", utm_campaign="may")

    referral = refer(program, dana, visitor="v-1", at=NOON + DAY)

    assert (referral.referrer, referral.attribution_id) == (alice, click.id)
    assert referral.landing_path == "/welcome"
    assert (referral.utm_source, referral.utm_medium, referral.utm_campaign) == ("mail", "letter", "may")


def test_click_id_makes_a_referral(program, alice, dana):
    click = visit("ALICE", visitor="")

    assert refer(program, dana, click_id=click.public_id, at=NOON).attribution_id == click.id


def test_network_and_device_of_the_winning_click_are_remembered(program, alice, dana):
    visit("ALICE")

    refer(program, dana, visitor="v-1", at=NOON)

    kinds = Identifier.objects.filter(person=dana).order_by("kind").values_list("kind", flat=True)
    assert list(kinds) == ["device", "mailbox", "network"]


def test_each_side_starts_where_the_program_says(program, alice, dana):
    program.referrer_moderation, program.referred_moderation = "PENDING", "APPROVED"

    referral = refer(program, dana, code="ALICE", at=NOON)

    assert (referral.referrer_moderation, referral.referred_moderation) == ("PENDING", "APPROVED")


def test_sign_up_is_told_and_explained(program, alice, bert, dana):
    lost, won = visit("ALICE"), visit("BERT", at=NOON + DAY)

    referral = refer(program, dana, visitor="v-1", actor="key:pk_1", at=NOON + 2 * DAY)

    decision = Decision.objects.get(referral=referral)
    assert (decision.kind, decision.outcome, decision.actor) == ("attribution", "attributed", "key:pk_1")
    assert decision.decided_at == NOON + 2 * DAY
    assert decision.data["winner"]["id"] == won.public_id
    losers = [(loser["id"], loser["why"]) for loser in decision.data["losers"]]
    assert losers == [(lost.public_id, "the program credits the last touch")]
    told = Event.objects.filter(subject=referral.uid).values_list("kind", "data", "occurred_at")
    assert list(told) == [("referral.attributed", {"program": str(program.uid)}, NOON + 2 * DAY)]


def test_coupon_at_the_till_beats_an_earlier_click(program, alice, bert, dana):
    visit("BERT")

    referral = refer(program, dana, code="ALICE", visitor="v-1", at=NOON + DAY)

    assert referral.referrer == alice
    decision = Decision.objects.get(referral=referral)
    assert [loser["code"] for loser in decision.data["losers"]] == ["BERT"]


def test_coupon_loses_to_an_earlier_click_where_the_first_touch_counts(program, alice, bert, dana):
    program.touch_policy = "first"
    visit("BERT")

    assert refer(program, dana, code="ALICE", visitor="v-1", at=NOON + DAY).referrer == bert


def test_touch_that_won_is_spent(program, alice, dana):
    visit("ALICE")
    refer(program, dana, visitor="v-1", at=NOON)

    with pytest.raises(NotAttributed):
        refer(program, make_person(alice.tenant, "erin"), visitor="v-1", at=NOON)


def test_no_touch_is_not_attributed(program, alice, dana):
    with pytest.raises(NotAttributed):
        refer(program, dana, visitor="unseen", at=NOON)

    assert Referral.objects.count() == 0
    assert (only_refusal().outcome, only_refusal().kind) == ("not_attributed", "attribution")


@pytest.mark.parametrize(("after", "attributed"), [(30 * DAY - MICROSECOND, True), (30 * DAY, False)])
def test_touch_attributes_until_just_before_its_window_ends(program, alice, dana, after, attributed):
    visit("ALICE")

    if attributed:
        assert refer(program, dana, visitor="v-1", at=NOON + after).referrer == alice
    else:
        with pytest.raises(NotAttributed):
            refer(program, dana, visitor="v-1", at=NOON + after)


def test_refusal_is_recorded_with_its_inputs_although_raised(program, dana):
    with pytest.raises(UnknownCode):
        refer(program, dana, code="NOBODY", click_id="attr_1", actor="key:pk_1", at=NOON)

    decision = only_refusal()
    assert (decision.outcome, decision.actor, decision.decided_at) == ("unknown_code", "key:pk_1", NOON)
    assert decision.data == {
        "program": str(program.uid),
        "person": str(dana.uid),
        "code": "NOBODY",
        "click_id": "attr_1",
    }


def test_refused_sign_up_leaves_no_touch(program, alice):
    with pytest.raises(SelfReferral):
        refer(program, alice.person, code="ALICE", at=NOON)

    assert Attribution.objects.count() == 0
    assert only_refusal().outcome == "self_referral"


def test_same_external_id_in_another_account_is_a_self_referral(program, alice):
    twin = Person.objects.create(tenant=alice.tenant, external_id="alice", account_id="second")

    with pytest.raises(SelfReferral):
        refer(program, twin, code="ALICE", at=NOON)


def test_own_click_is_not_attributed(program, alice):
    visit("ALICE")

    with pytest.raises(NotAttributed):
        refer(program, alice.person, visitor="v-1", at=NOON)


def test_person_is_referred_once(program, alice, bert, dana):
    first = refer(program, dana, code="ALICE", at=NOON)

    with pytest.raises(AlreadyReferred) as caught:
        refer(program, dana, code="BERT", at=NOON + DAY)

    assert caught.value.referral == first
    assert Referral.objects.count() == 1
    assert only_refusal().outcome == "already_referred"


def test_person_whose_referral_expired_may_be_referred_again(program, alice, bert, dana):
    refer(program, dana, code="ALICE", at=NOON)
    expire_referrals(at=NOON + 30 * DAY)

    again = refer(program, dana, code="BERT", at=NOON + 31 * DAY)

    assert (again.referrer, again.status) == (bert, "attributed")


def test_blocked_person_is_refused(program, alice, dana):
    Person.objects.filter(pk=dana.pk).update(blocked_at=NOON)

    with pytest.raises(BlockedPerson):
        refer(program, dana, code="ALICE", at=NOON)

    assert only_refusal().outcome == "blocked_person"


def test_program_that_is_off_refuses(program, alice, dana):
    program.is_active = False

    with pytest.raises(ProgramInactive):
        refer(program, dana, code="ALICE", at=NOON)

    assert only_refusal().outcome == "program_inactive"


SPOILERS = {
    "code is off": (Code, {"is_active": False}),
    "code has ended": (Code, {"ends_at": NOON}),
    "member is disabled": (Member, {"status": "Disabled"}),
    "member is removed": (Member, {"removed_at": NOON}),
}


@pytest.mark.parametrize("spoiler", SPOILERS)
def test_code_that_may_not_be_used_is_unknown(program, alice, dana, spoiler):
    model, fields = SPOILERS[spoiler]
    model.objects.update(**fields)

    with pytest.raises(UnknownCode):
        refer(program, dana, code="ALICE", at=NOON)


def test_code_of_another_program_is_unknown(program, alice, dana, acme):
    program.name = "first"
    program.save(update_fields=["name"])
    other = make_program(acme)

    with pytest.raises(UnknownCode):
        refer(other, dana, code="ALICE", at=NOON)


def test_click_of_another_tenant_is_no_touch(program, alice, dana, globex):
    make_member(make_program(globex), "charlie", code="CHARLIE")
    foreign = visit("CHARLIE")

    with pytest.raises(NotAttributed):
        refer(program, dana, click_id=foreign.public_id, visitor="v-1", at=NOON)


JUNK = ["", "attr_", "attr_xyz", "click_1", "attr_1 ", "attr_1\n", "ATTR_1", "attr_8000000000000000"]


@pytest.mark.parametrize("junk", [*JUNK, "attr_7fffffffffffffff", "attr_0"])
def test_junk_is_no_touch(acme, junk):
    assert find_touch(acme, junk) is None


def test_touch_is_found_by_its_own_tenant_only(alice, globex):
    click = visit("ALICE")

    assert find_touch(alice.tenant, click.public_id).pk == click.id
    assert find_touch(globex, click.public_id) is None
    Attribution.objects.update(deleted_at=NOON)
    assert find_touch(alice.tenant, click.public_id) is None


def test_code_is_found_by_its_own_tenant_only(alice, globex):
    assert find_code(alice.tenant, " alice ") == alice.codes.get()
    assert find_code(globex, "ALICE") is None


@pytest.mark.django_db(transaction=True)
def test_one_person_signing_up_ten_times_at_once_is_one_referral(program, alice, dana):
    answers = run_at_once(*[lambda: refer(program, dana, code="ALICE", at=NOON)] * 10)

    made = [answer for answer in answers if isinstance(answer, Referral)]
    refused = [answer for answer in answers if isinstance(answer, AlreadyReferred)]
    assert (len(made), len(refused)) == (1, 9)
    assert {error.referral.pk for error in refused} == {made[0].pk}
    assert Referral.objects.count() == 1


def test_unpaid_referral_expires_when_its_window_has_passed(alice):
    referral = make_referral(alice, "dana")

    early = expire_referrals(at=NOON + 30 * DAY - MICROSECOND)
    due = expire_referrals(at=NOON + 30 * DAY)

    assert (early, due) == (0, 1)
    referral.refresh_from_db()
    assert (referral.status, referral.ended_at) == ("expired", NOON + 30 * DAY)
    decision = referral.decisions.get(kind=Decision.Kind.EXPIRY)
    assert decision.reason == "The attribution window passed without a payment."
    assert expire_referrals(at=NOON + 30 * DAY) == 0


def test_expiry_is_told(alice):
    referral = make_referral(alice, "dana")

    expire_referrals(at=NOON + 30 * DAY)

    event = Event.objects.get(kind="referral.expired")
    assert (event.subject, event.data) == (
        referral.uid,
        {"before": {"status": "attributed"}, "after": {"status": "expired"}},
    )


def test_paid_referral_never_expires(alice):
    pay(make_referral(alice, "dana"), 100_00)

    assert expire_referrals(at=NOON + 365 * DAY) == 0


def test_one_sweep_is_bounded_and_takes_the_longest_due_first(alice):
    referrals = [make_referral(alice, name, at=NOON + number * DAY) for number, name in enumerate(["a", "b", "c"])]

    assert expire_referrals(at=NOON + 60 * DAY, limit=2) == 2

    assert [Referral.objects.get(pk=each.pk).status for each in referrals] == ["expired", "expired", "attributed"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_expire_each_once(alice):
    for number in range(5):
        make_referral(alice, f"person-{number}")

    counts = run_at_once(*[lambda: expire_referrals(at=NOON + 30 * DAY)] * 2)

    assert sum(counts) == 5
    assert Decision.objects.filter(kind=Decision.Kind.EXPIRY).count() == 5
