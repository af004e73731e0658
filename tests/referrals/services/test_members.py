"""Enrolling people, and the codes they share."""

import pytest

from events.models import Event
from referrals.errors import CodeTaken
from referrals.models import Code, Member
from referrals.services.members import ALPHABET, CODE_LENGTH, add_code, enrol
from tests.cast import NOON, make_member, make_person, make_program
from tests.threads import run_at_once


def test_enrolling_activates_a_member_with_a_default_link(program):
    person = make_person(program.tenant, "dana")

    member = enrol(program, person, code="DANA", at=NOON)

    assert (member.status, member.activated_at, member.created_at) == ("Activated", NOON, NOON)
    codes = member.codes.values_list("code", "kind", "is_default", "is_active")
    assert list(codes) == [("DANA", "link", True, True)]


def test_enrolling_is_told_once(program):
    member = make_member(program, "dana")
    enrol(program, member.person, at=NOON)

    told = Event.objects.filter(kind="member.enrolled").values_list("subject", "data", "occurred_at")
    assert list(told) == [(member.uid, {"program": str(program.uid)}, NOON)]


def test_preloaded_member_is_not_activated_yet(program):
    member = enrol(program, make_person(program.tenant, "dana"), status=Member.Status.PRELOADED, at=NOON)

    assert (member.status, member.activated_at) == ("Preloaded", None)


def test_enrolling_again_returns_the_member_as_they_are(alice, program):
    again = enrol(program, alice.person, code="OTHER", status=Member.Status.INVITED, at=NOON)

    assert (again.pk, again.status) == (alice.pk, "Activated")
    assert list(alice.codes.values_list("code", flat=True)) == ["ALICE"]


def test_one_person_enrols_in_two_programs(alice, acme):
    acme.programs.update(name="first")
    second = make_program(acme)

    member = enrol(second, alice.person, at=NOON)

    assert member.pk != alice.pk
    assert member.person == alice.person


def test_taken_code_enrols_nobody(alice, program):
    dana = make_person(program.tenant, "dana")

    with pytest.raises(CodeTaken, match=r"^The code 'ALICE' is taken\.$"):
        enrol(program, dana, code="ALICE", at=NOON)

    assert Member.objects.filter(person=dana).count() == 0


@pytest.mark.parametrize("spelling", ["ALICE", "alice", "aLiCe", "  Alice "])
def test_code_is_taken_whatever_its_capitals(alice, program, spelling):
    bert = make_member(program, "bert")

    with pytest.raises(CodeTaken) as caught:
        add_code(bert, spelling, at=NOON)

    assert (caught.value.code, caught.value.field) == ("code_taken", "code")


def test_two_tenants_may_have_one_code(alice, globex):
    charlie = make_member(make_program(globex), "charlie", code="Alice")

    assert sorted(Code.objects.values_list("code", "tenant__alias")) == [("ALICE", "acme"), ("Alice", "globex")]
    assert charlie.codes.get().code == "Alice"


def test_code_keeps_the_capitals_it_was_given(alice):
    assert add_code(alice, "Summer-Sale_2.0", at=NOON).code == "Summer-Sale_2.0"


def test_coupon_is_a_code_of_its_own_kind(alice):
    coupon = add_code(alice, "SAVE10", kind=Code.Kind.COUPON, description="10% off", at=NOON)

    assert (coupon.kind, coupon.description, coupon.is_default) == ("coupon", "10% off", False)
    assert alice.codes.get(is_default=True).code == "ALICE"


def test_random_code_is_nine_characters_that_are_read_as_nothing_else(alice):
    codes = [add_code(alice, at=NOON).code for _ in range(50)]

    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) <= set(ALPHABET)
    assert len(set(codes)) == 50


def test_alphabet_leaves_out_what_looks_alike():
    assert set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(ALPHABET) == set("01ILO")
    assert len(ALPHABET) ** CODE_LENGTH > 2**44


@pytest.mark.parametrize("code", ["a b", "-a", ".a", "ä", "a/b", "a?b", "a\nb", "a\x00b", "x" * 65, "a%20b", "😀"])
def test_code_that_would_not_survive_in_a_url_is_refused(alice, code):
    with pytest.raises(CodeTaken, match="cannot be a code"):
        add_code(alice, code, at=NOON)

    assert alice.codes.count() == 1


def test_longest_code_has_64_characters(alice):
    assert add_code(alice, "x" * 64, at=NOON).code == "x" * 64


@pytest.mark.django_db(transaction=True)
def test_two_members_asking_for_one_code_at_once_get_it_once(alice, program):
    bert = make_member(program, "bert")

    answers = run_at_once(
        lambda: add_code(alice, "SUMMER", at=NOON),
        lambda: add_code(bert, "summer", at=NOON),
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["Code", "CodeTaken"]
    assert Code.objects.spelt("Summer").count() == 1


@pytest.mark.django_db(transaction=True)
def test_enrolling_one_person_ten_times_at_once_makes_one_member(program):
    dana = make_person(program.tenant, "dana")

    members = run_at_once(*[lambda: enrol(program, dana, at=NOON)] * 10)

    assert {member.pk for member in members} == {Member.objects.get(person=dana).pk}
    assert Code.objects.count() == 1
