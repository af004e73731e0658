from datetime import timedelta

from referrals.models import Code, Member, Program
from referrals.services.members import add_code
from referrals.services.memberships import default_code_of, membership_of
from tests.cast import NOON, make_person


def test_member_is_the_member_they_are(alice: Member):
    assert membership_of(alice.person, at=NOON) == alice
    assert Member.objects.count() == 1


def test_newcomer_joins_the_default_program(alice: Member, program: Program):
    Program.objects.create(tenant=program.tenant, name="aaa")
    dana = make_person(alice.tenant, "dana")

    member = membership_of(dana, at=NOON + timedelta(days=1))

    assert member is not None
    assert (member.program, member.person, member.created_at) == (program, dana, NOON + timedelta(days=1))
    assert membership_of(dana, at=NOON) == member
    assert default_code_of(member) == Code.objects.get(member=member)


def test_nobody_joins_where_there_is_no_active_program(alice: Member):
    Program.objects.update(is_active=False)

    assert membership_of(make_person(alice.tenant, "dana"), at=NOON) is None


def test_whoever_was_removed_is_not_let_in_again(alice: Member):
    Member.objects.update(removed_at=NOON)

    assert membership_of(alice.person, at=NOON) is None
    assert Member.objects.count() == 1


def test_default_code_is_shared_before_others(alice: Member):
    add_code(alice, "SUMMER", at=NOON)
    assert default_code_of(alice) == Code.objects.get(code="ALICE")

    Code.objects.filter(code="ALICE").update(is_active=False)
    assert default_code_of(alice) == Code.objects.get(code="SUMMER")
