from datetime import timedelta

import pytest

from referrals.errors import InviteOver
from referrals.models import Mail, Member, Person
from referrals.services.outreach.accepting import accept_invite
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.standing import block_person
from tests.cast import NOON, make_member, make_person, make_program, make_tenant
from tests.threads import run_at_once

HOUR = timedelta(hours=1)


def invited(tenant, **options):
    return add_invites(tenant, [Contact("ida@x.example", "Ida", "Lin")], at=NOON, **options).added[0]


def test_somebody_unknown_becomes_a_member(acme, program):
    invite = invited(acme)

    member = accept_invite(invite, at=NOON + HOUR)

    invite.refresh_from_db()
    person = member.person
    assert (person.first_name, person.last_name, person.email) == ("Ida", "Lin", "ida@x.example")
    assert (member.program, member.status, member.activated_at) == (program, "Activated", NOON + HOUR)
    assert (invite.status, invite.person) == ("joined", person)
    assert Mail.objects.get(kind="welcome").member == member


def test_somebody_known_by_the_address_is_the_member(acme, program):
    person = make_person(acme, "ida", email="IDA@x.example")

    assert accept_invite(invited(acme), at=NOON).person == person


def test_an_invite_is_good_once(acme, program):
    invite = invited(acme)
    accept_invite(invite, at=NOON)

    with pytest.raises(InviteOver):
        accept_invite(invite, at=NOON)


def test_of_two_at_once_one_joins(transactional_db):
    program = make_program(make_tenant("acme"))
    invite = invited(program.tenant)

    results = run_at_once(*[lambda: accept_invite(invite, at=NOON)] * 2)

    assert sorted(type(each).__name__ for each in results) == ["InviteOver", "Member"]
    assert (Member.objects.count(), Person.objects.count()) == (1, 1)


def test_an_invite_that_expired_or_is_a_members_makes_nobody_a_member(acme, alice):
    old = invited(acme)
    friends = add_invites(acme, [Contact("bo@x.example")], member=alice, at=NOON).added[0]

    for invite, at in ((old, NOON + 60 * 24 * HOUR), (friends, NOON)):
        with pytest.raises(InviteOver):
            accept_invite(invite, at=at)
    assert Member.objects.get() == alice


def test_somebody_blocked_stays_out(acme, program):
    block_person(make_person(acme, "ida", email="ida@x.example"), at=NOON, actor="system")

    with pytest.raises(InviteOver):
        accept_invite(invited(acme), at=NOON)
    assert Member.objects.count() == 0


def test_a_member_who_was_removed_stays_out(acme, program):
    invite = invited(acme)
    member = make_member(program, "ida", email="other@x.example")
    Member.objects.update(removed_at=NOON)
    member.person.email = "ida@x.example"
    member.person.save()

    with pytest.raises(InviteOver):
        accept_invite(invite, at=NOON)
