import pytest

from events.models import Event
from referrals.errors import AlreadyMember, CodeTaken, NotAMember, OwnRecruiter, PersonExists
from referrals.models import Identifier, Member
from referrals.services.members_changing import update_member
from referrals.services.members_removing import remove_member
from tests.cast import NOON, make_member, make_person


def events_of(member: Member) -> list[dict]:
    return [event.data for event in Event.objects.filter(kind="member.updated", subject=member.uid).order_by("id")]


def test_what_is_the_same_changes_and_tells_nothing(alice):
    update_member(alice, person={"email": alice.person.email}, code="alice", is_disabled=False, views=0, at=NOON)

    assert events_of(alice) == []


def test_new_address_is_found_and_the_old_one_stays_on_record(alice):
    update_member(alice, person={"email": "liddell@alice.example"}, at=NOON)

    marks = Identifier.objects.filter(person=alice.person, kind=Identifier.Kind.MAILBOX).order_by("id")
    assert [mark.value for mark in marks] == ["alice@alice.example", "liddell@alice.example"]
    assert events_of(alice) == [{"actor": "system", "personal": ["email"], "before": {}, "after": {}}]


def test_new_code_is_the_default_and_the_old_one_keeps_working(alice):
    update_member(alice, code="WONDER", at=NOON)

    codes = alice.codes.order_by("id").values_list("code", "is_default", "is_active")
    assert list(codes) == [("ALICE", False, True), ("WONDER", True, True)]
    assert events_of(alice)[0]["before"] == {"code": "ALICE"}
    assert events_of(alice)[0]["after"] == {"code": "WONDER"}


def test_disabled_member_cannot_refer_until_enabled(alice):
    disabled = update_member(alice, is_disabled=True, at=NOON)
    assert (disabled.status, disabled.can_refer) == ("Disabled", False)

    enabled = update_member(alice, is_disabled=False, at=NOON)
    assert (enabled.status, enabled.can_refer, enabled.disabled_reason) == ("Activated", True, "")


def test_recruiter_is_told_by_id(alice, program):
    dana = make_member(program, "dana")

    update_member(alice, recruiter_assigned=dana, at=NOON)
    update_member(alice, recruiter_assigned=None, at=NOON)

    assert [data["after"] for data in events_of(alice)] == [
        {"recruiter_assigned": str(dana.uid)},
        {"recruiter_assigned": None},
    ]


@pytest.mark.parametrize(
    ("error", "changes"),
    [
        (AlreadyMember, {"person": {"email": "DANA@dana.example"}}),
        (AlreadyMember, {"person": {"external_id": "dana"}}),
        (PersonExists, {"person": {"external_id": "erin"}}),
        (CodeTaken, {"code": "dana", "person": {"phone": "1"}}),
    ],
)
def test_what_is_somebody_elses_is_not_taken(alice, program, error, changes):
    make_member(program, "dana", code="DANA")
    make_person(program.tenant, "erin")

    with pytest.raises(error):
        update_member(alice, at=NOON, **changes)

    alice.person.refresh_from_db()
    assert (alice.person.email, alice.person.external_id, alice.person.phone) == ("alice@alice.example", "alice", "")
    assert events_of(alice) == []


def test_nobody_recruits_themselves(alice):
    with pytest.raises(OwnRecruiter):
        update_member(alice, recruiter_assigned=alice, at=NOON)


def test_removed_member_is_not_changed(alice):
    remove_member(alice, at=NOON)

    with pytest.raises(NotAMember):
        update_member(alice, person={"phone": "1"}, at=NOON)
