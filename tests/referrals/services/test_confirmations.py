"""A touch is told to have brought somebody in: once, and then it is a referral."""

from collections import Counter
from datetime import timedelta

import pytest

from events.models import Event
from referrals.errors import (
    AlreadyConfirmed,
    AlreadyRecruited,
    CodeMismatch,
    ConfirmedTooEarly,
    NotAttributed,
    ReferralError,
    SelfReferral,
)
from referrals.models import Attribution, Decision, Member, Person, Referral
from referrals.services.attributions import Click, record_click
from referrals.services.confirmations import confirm_touch, remove_touch
from referrals.services.referrals import find_touch, refer
from tests.cast import NOON, make_member, make_person, make_program, make_tenant
from tests.flows.threads import run_together

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
LATER = NOON + timedelta(days=5)
NOW = NOON + timedelta(days=90)


def click(number: int = 0, *, code: str = "ALICE", user_agent: str = PHONE) -> Click:
    return record_click(code, ip=f"198.51.100.{number}", user_agent=user_agent, at=NOON)


def touch_of(member: Member, clicked: Click) -> Attribution:
    touch = find_touch(member.tenant, clicked.public_id)
    assert touch is not None
    return touch


def confirm(member: Member, clicked: Click, person: str = "dana", *, code: str = "ALICE", at=LATER, **fields):
    return confirm_touch(touch_of(member, clicked), person, code=code, confirmed_at=at, at=NOW, **fields)


def test_confirmed_touch_is_a_referral_as_of_then(alice: Member):
    clicked = click()

    touch = confirm(alice, clicked, actor="key:1")

    referral = Referral.objects.get()
    assert (touch.status, touch.confirmed_at, touch.new_member) == ("confirmed", LATER, referral.referred)
    assert (referral.referrer, referral.attribution_id, referral.status) == (alice, clicked.id, "attributed")
    assert (referral.attributed_at, referral.expires_at) == (LATER, LATER + timedelta(days=30))
    assert (referral.referred.external_id, referral.referred.created_at) == ("dana", NOW)
    assert list(Decision.objects.values_list("kind", "outcome", "actor")) == [("attribution", "attributed", "key:1")]


def test_person_we_know_is_not_added_again(alice: Member):
    dana = make_person(alice.tenant, "dana")

    assert confirm(alice, click()).new_member == dana
    assert confirm(alice, click(1), str(make_person(alice.tenant, "x").uid)).new_member != dana


def test_repeating_it_changes_nothing(alice: Member):
    clicked = click()
    first = confirm(alice, clicked)

    again = confirm(alice, clicked, at=LATER + timedelta(days=1))

    assert (again.pk, again.confirmed_at, Referral.objects.count()) == (first.pk, LATER, 1)


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (CodeMismatch, {"code": "ANNA"}),
        (ConfirmedTooEarly, {"at": NOON - timedelta(seconds=1)}),
        (SelfReferral, {"person": "alice"}),
        (NotAttributed, {"at": NOON + timedelta(days=30)}),
    ],
)
def test_refusals_write_nothing_but_why(alice: Member, error: type[ReferralError], changes):
    clicked = click()
    people = set(Person.objects.values_list("external_id", flat=True))

    with pytest.raises(error):
        confirm(alice, clicked, **changes)

    assert touch_of(alice, clicked).status == "pending"
    assert (Referral.objects.count(), set(Person.objects.values_list("external_id", flat=True))) == (0, people)
    assert list(Decision.objects.values_list("outcome", "data__touch")) == [(error.code, clicked.public_id)]


def test_touch_that_brought_somebody_in_is_not_given_to_another(alice: Member):
    clicked = click()
    refer(alice.program, make_person(alice.tenant, "dana"), click_id=clicked.public_id, at=NOON)

    with pytest.raises(AlreadyConfirmed):
        confirm(alice, clicked, "erin")
    assert touch_of(alice, clicked).new_member == Person.objects.get(external_id="dana")


def test_person_comes_by_one_touch_of_the_tenant(alice: Member):
    other = make_member(make_program_beside(alice), "anna", code="ANNA")
    confirm(alice, click())

    with pytest.raises(AlreadyRecruited):
        confirm(other, click(1, code="ANNA"), code="ANNA")


def make_program_beside(alice: Member):
    program = alice.program
    program.pk, program.uid, program._state.adding = None, None, True
    program.uid = make_person(alice.tenant, "seed").uid
    program.name = "beside"
    program.save(force_insert=True)
    return program


def test_whoever_vouches_makes_a_robots_click_a_visit(alice: Member):
    clicked = click(user_agent="curl/8.0")

    with pytest.raises(NotAttributed):
        confirm(alice, clicked, is_vouched_for=False)
    assert touch_of(alice, clicked).verdict == "bot"
    assert (confirm(alice, clicked).verdict, Referral.objects.count()) == ("valid", 1)


def test_removed_touch_is_hidden_and_kept(alice: Member):
    clicked = click()
    remove_touch(touch_of(alice, clicked), at=LATER, actor="key:1")

    assert find_touch(alice.tenant, clicked.public_id) is None
    assert Attribution.objects.get(pk=clicked.id).deleted_at == LATER
    told = Event.objects.get(kind="touch.removed")
    assert (told.subject, told.data["touch"], told.data["actor"]) == (alice.uid, clicked.public_id, "key:1")


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.fixture
    def alice(self) -> Member:
        return make_member(make_program(make_tenant("acme")), "alice", code="ALICE")

    def test_one_person_twenty_times(self, alice: Member):
        clicked = click()

        confirmed = run_together(20, lambda _: confirm(alice, clicked).new_member_id)

        assert len(set(confirmed)) == 1
        assert (Referral.objects.count(), Person.objects.filter(external_id="dana").count()) == (1, 1)

    def test_twenty_people_on_one_touch(self, alice: Member):
        clicked = click()

        outcomes = run_together(20, lambda number: outcome_of(alice, clicked, f"person-{number}"))

        assert Counter(outcomes) == {"confirmed": 1, "already_confirmed": 19}
        assert Referral.objects.get().referred_id == touch_of(alice, clicked).new_member_id

    def test_one_person_on_twenty_touches(self, alice: Member):
        clicks = [click(number) for number in range(20)]

        outcomes = run_together(20, lambda number: outcome_of(alice, clicks[number], "dana"))

        assert Counter(outcomes) == {"confirmed": 1, "already_recruited": 19}
        assert Attribution.objects.filter(status="confirmed").count() == Referral.objects.count() == 1

    def test_one_touch_named_by_twenty_sign_ups(self, alice: Member):
        clicked = click()
        people = [make_person(alice.tenant, f"p{number}") for number in range(20)]

        def sign_up(number: int) -> str:
            try:
                return refer(alice.program, people[number], click_id=clicked.public_id, at=NOON).status
            except NotAttributed as error:
                return error.code

        assert Counter(run_together(20, sign_up)) == {"attributed": 1, "not_attributed": 19}


def outcome_of(alice: Member, clicked: Click, person: str) -> str:
    try:
        return confirm(alice, clicked, person).status
    except ReferralError as error:
        return error.code
