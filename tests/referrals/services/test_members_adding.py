import pytest

from events.models import Event
from referrals.errors import (
    AlreadyMember,
    BlockedPerson,
    CodeTaken,
    NotToBeTracked,
    PersonExists,
    ProgramInactive,
)
from referrals.models import Mail, Member, Person, Program
from referrals.services.members_adding import add_member, give_identity
from referrals.services.members_removing import remove_member
from referrals.services.standing import block_person, remove_person
from tests.cast import NOON, make_person, make_referral, make_tenant, pay, rewards_of
from tests.threads import run_at_once

DANA = {"first_name": "Dana", "email": "dana@dana.example"}


def add(program, code: str = "", **person) -> Member:
    return add_member(program, person={**DANA, **person}, code=code, at=NOON, actor="key:x")


def make_autumn(program) -> Program:
    return Program.objects.create(tenant=program.tenant, name="autumn", created_at=NOON)


def test_member_is_preloaded_with_the_wanted_code(program):
    member = add(program, code="DANA42", external_id="crm-1")

    assert (member.status, member.activated_at, member.codes.get().code) == ("Preloaded", None, "DANA42")
    assert (member.person.external_id, member.person.email) == ("crm-1", "dana@dana.example")
    assert [event.kind for event in Event.objects.order_by("-id")[:2]] == ["member.enrolled", "person.added"]


def test_known_person_becomes_a_member_and_is_brought_up_to_date(program):
    dana = make_person(program.tenant, "dana", last_name="Scully")

    member = add(program, email="DANA@dana.example", phone="1")

    assert member.person_id == dana.pk
    dana.refresh_from_db()
    assert (dana.external_id, dana.last_name, dana.phone) == ("dana", "Scully", "1")


def test_somebody_referred_becomes_a_member_and_keeps_what_they_earned(program, alice):
    referral = make_referral(alice, "dana")
    pay(referral, 10_00)

    member = add(program)

    assert member.person_id == referral.referred_id
    assert rewards_of(referral) == [("referrer", 250, "pending"), ("referred", 1000, "pending")]


def test_member_of_another_program_is_one_person_in_both(program):
    first, second = add(program), add(make_autumn(program))

    assert (first.person_id, first.pk == second.pk) == (second.person_id, False)


def test_person_without_an_id_is_given_the_one_told(program):
    first = add(make_autumn(program))

    member = add(program, external_id="crm-1")

    assert (member.person_id, member.person.external_id) == (first.person_id, "crm-1")


def test_two_ids_of_the_tenant_are_two_people_though_they_share_a_mailbox(program):
    dana = make_person(program.tenant, "dana")

    member = add(program, external_id="crm-1")

    assert (member.person_id == dana.pk, Person.objects.filter(email="dana@dana.example").count()) == (False, 2)


@pytest.mark.parametrize(
    "person", [{"email": "DANA@dana.example"}, {"email": "new@new.example", "external_id": "crm-1"}, {}]
)
def test_second_membership_of_one_person_is_refused(program, person):
    add(program, external_id="crm-1")

    with pytest.raises(AlreadyMember):
        add(program, **person)

    assert (Member.objects.count(), Person.objects.count()) == (1, 1)


def test_address_of_a_member_is_refused_to_somebody_else(program):
    add(program, external_id="crm-1")

    with pytest.raises(AlreadyMember):
        add(program, external_id="crm-2")


def test_code_of_somebody_else_adds_nobody(program, alice):
    with pytest.raises(CodeTaken):
        add(program, code="alice")

    assert not Person.objects.filter(email="dana@dana.example").exists()


def test_inactive_program_takes_nobody(program):
    program.is_active = False

    with pytest.raises(ProgramInactive):
        add(program)


def test_blocked_person_is_not_taken(program):
    block_person(make_person(program.tenant, "dana"), at=NOON, actor="test")

    with pytest.raises(BlockedPerson):
        add(program)


def test_somebody_who_asked_to_be_forgotten_is_not_taken(program):
    remove_person(make_person(program.tenant, "dana"), at=NOON, actor="test", do_not_track=True)

    with pytest.raises(NotToBeTracked):
        add(program, external_id="dana")


def test_somebody_forgotten_otherwise_is_somebody_new(program):
    former = make_person(program.tenant, "dana")
    remove_person(former, at=NOON, actor="test")

    assert add(program).person_id != former.pk


def test_another_tenants_person_of_the_same_names_is_somebody_else(program):
    theirs = make_person(make_tenant("globex"), "dana")

    assert add(program, external_id="dana").person_id != theirs.pk


def test_removed_member_is_readmitted_with_their_past(program, alice):
    referral = make_referral(alice, "erin")
    pay(referral, 10_00)
    remove_member(alice, at=NOON)

    again = add(program, email=alice.person.email, first_name="Alice")

    assert (again.pk, again.removed_at, again.status) == (alice.pk, None, "Activated")
    assert [(code.code, code.is_active) for code in again.codes.all()] == [("ALICE", True)]
    assert again.referrals.get() == referral
    assert Event.objects.filter(subject=alice.uid).order_by("-id")[0].data["again"] is True


def test_readmitted_member_may_have_another_code_and_the_old_one_stays_off(program):
    remove_member(add(program, code="OLD"), at=NOON)

    again = add(program, code="NEW")

    codes = again.codes.order_by("id").values_list("code", "is_active", "is_default")
    assert list(codes) == [("OLD", False, False), ("NEW", True, True)]


def test_what_was_told_before_a_removal_is_not_kept(program):
    member = add_member(program, person=DANA, custom_text1_value="Rex", is_disabled=True, at=NOON)
    remove_member(member, at=NOON)

    again = add(program)

    assert (again.custom_text1_value, again.status, again.disabled_reason) == ("", "Preloaded", "")


def test_welcome_is_queued_when_asked_for(program):
    add_member(program, person=DANA, welcome=True, at=NOON)

    assert [mail.kind for mail in Mail.objects.all()] == ["welcome"]


def test_id_of_somebody_else_is_not_given(program):
    make_person(program.tenant, "dana")
    erin = make_person(program.tenant, "erin")

    with pytest.raises(PersonExists):
        give_identity(erin, at=NOON, external_id="dana")


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_add_one_person_at_once_one_does(program):
    calls = [lambda email=email: add(program, email=email) for email in ("Dana@dana.example", "dana@DANA.example") * 5]

    outcomes = run_at_once(*calls)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyMember"] * 9 + ["Member"]
    assert (Member.objects.count(), Person.objects.count()) == (1, 1)
