from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.errors import MayNotInvite, ProgramInactive
from referrals.models import EmailSuppression, Invite, Mail, Member, Program
from referrals.services.members import enrol
from referrals.services.outreach import inviting
from referrals.services.outreach.inviting import Contact, add_invites, send_welcome
from referrals.services.outreach.suppressions import suppress_email
from referrals.services.standing import block_person
from tests.cast import NOON, make_member, make_person, make_program, make_referral, make_tenant
from tests.threads import run_at_once

DAY = timedelta(days=1)


def refusals(invited: inviting.Invited) -> list[tuple[str, str]]:
    return [(refusal.contact.email, refusal.code) for refusal in invited.refused]


def test_a_member_invites_people_and_each_has_a_mail_in_line(acme, alice):
    contacts = [Contact(" Zoe@x.example ", "Zoe", "Lin", "friend"), Contact("bo@x.example")]

    invited = add_invites(acme, contacts, member=alice, at=NOON)

    assert invited.refused == []
    assert [
        (row.email, row.address, row.first_name, row.last_name, row.contact_type, row.status, row.member, row.program)
        for row in invited.added
    ] == [
        ("Zoe@x.example", "zoe@x.example", "Zoe", "Lin", "friend", "potential", alice, alice.program),
        ("bo@x.example", "bo@x.example", "", "", "", "potential", alice, alice.program),
    ]
    assert {row.expires_at for row in invited.added} == {NOON + 60 * DAY}
    mails = Mail.objects.order_by("invite__address").values_list("kind", "status", "due_at", "invite__address")
    assert list(mails) == [
        ("invite", "queued", NOON, "bo@x.example"), ("invite", "queued", NOON, "zoe@x.example"),
    ]  # fmt: skip


def test_the_tenant_invites_to_its_main_program_unless_it_names_one(acme, program):
    other = Program.objects.create(tenant=acme, name="partners")

    (first,) = add_invites(acme, [Contact("ida@x.example")], at=NOON).added
    (second,) = add_invites(acme, [Contact("ida@x.example")], program=other, at=NOON).added

    assert [(row.program, row.member) for row in (first, second)] == [(program, None), (other, None)]


def test_each_contact_that_is_not_invited_comes_back_with_the_reason(acme, globex, alice):
    make_person(acme, "cara", email="Cara@x.example")
    enrol(alice.program, make_person(acme, "mo", email="Mo@x.example"), at=NOON)
    make_referral(alice, "ray", email="RAY@x.example")
    suppress_email(acme, "Stop@x.example", source=EmailSuppression.Source.API, at=NOON)
    suppress_email(globex, "fine@x.example", source=EmailSuppression.Source.API, at=NOON)
    add_invites(acme, [Contact("before@x.example")], at=NOON)
    emails = [
        *("mo@x.example", "ray@x.example", "stop@x.example", "BEFORE@x.example", "no address", "a@b@c.example", ""),
        *("fine@x.example", "FINE@x.example", "cara@x.example"),
    ]

    invited = add_invites(acme, [Contact(email) for email in emails], at=NOON)

    assert [row.email for row in invited.added] == ["fine@x.example", "cara@x.example"]
    assert dict(refusals(invited)) == {
        "mo@x.example": "already_member",
        "ray@x.example": "already_referred",
        "stop@x.example": "suppressed",
        "BEFORE@x.example": "invited_before",
        "no address": "malformed_address",
        "a@b@c.example": "malformed_address",
        "": "malformed_address",
        "FINE@x.example": "repeated",
    }


def test_a_member_is_not_told_who_is_a_customer_or_wants_no_mail(acme, alice):
    make_member(alice.program, "mo", email="mo@x.example")
    suppress_email(acme, "stop@x.example", source="api", at=NOON)
    add_invites(acme, [Contact("before@x.example")], at=NOON)
    emails = ["mo@x.example", "stop@x.example", "before@x.example", "nonsense"]

    refused = add_invites(acme, [Contact(email) for email in emails], member=alice, at=NOON).refused

    assert {refusal.contact.email: refusal.for_member for refusal in refused} == {
        "mo@x.example": "This address cannot be invited.",
        "stop@x.example": "This address cannot be invited.",
        "before@x.example": "This address cannot be invited.",
        "nonsense": "That is not an e-mail address.",
    }


def test_somebody_can_be_invited_again_once_an_invite_has_ended(acme, program):
    (first,) = add_invites(acme, [Contact("ida@x.example")], at=NOON).added
    Invite.objects.filter(pk=first.pk).update(status=Invite.Status.FAILED)

    assert len(add_invites(acme, [Contact("ida@x.example")], at=NOON).added) == 1


def test_one_invite_of_two_lists_at_once(transactional_db):
    program = make_program(make_tenant("acme"))
    contacts = [Contact(f"{name}@x.example") for name in ("ida", "bo", "zoe")]
    results = run_at_once(
        lambda: add_invites(program.tenant, contacts, at=NOON),
        lambda: add_invites(program.tenant, contacts[::-1], at=NOON),
    )

    assert sum(len(each.added) for each in results) == 3
    assert sorted(code for each in results for _, code in refusals(each)) == ["invited_before"] * 3
    assert (Invite.objects.count(), Mail.objects.count()) == (3, 3)


def test_a_member_invites_so_many_a_day(acme, alice, monkeypatch):
    monkeypatch.setattr(inviting, "INVITES_A_DAY", 2)
    contacts = [Contact(f"{number}@x.example") for number in range(3)]

    today = add_invites(acme, contacts, member=alice, at=NOON)
    later = add_invites(acme, contacts, member=alice, at=NOON + DAY)

    assert (len(today.added), refusals(today)) == (2, [("2@x.example", "too_many")])
    assert [row.email for row in later.added] == ["2@x.example"]


def test_a_member_who_may_not_refer_invites_nobody(acme, alice):
    Member.objects.filter(pk=alice.pk).update(status=Member.Status.DISABLED)
    alice.refresh_from_db()

    with pytest.raises(MayNotInvite):
        add_invites(acme, [Contact("ida@x.example")], member=alice, at=NOON)

    assert Invite.objects.count() == 0


def test_a_blocked_member_invites_nobody(acme, alice):
    block_person(alice.person, at=NOON, actor="system")
    alice.refresh_from_db()

    with pytest.raises(MayNotInvite):
        add_invites(acme, [Contact("ida@x.example")], member=alice, at=NOON)


def test_nobody_is_invited_to_a_program_that_is_off(acme, alice):
    Program.objects.update(is_active=False)

    with pytest.raises(ProgramInactive):
        add_invites(acme, [Contact("ida@x.example")], at=NOON)


def test_a_long_list_takes_as_many_queries_as_a_short_one(acme, program):
    counts = []
    for size in (1, 200):
        with CaptureQueriesContext(connection) as queries:
            added = add_invites(acme, [Contact(f"{size}-{n}@x.example") for n in range(size)], at=NOON).added
        assert len(added) == size
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 14


def test_a_new_member_is_welcomed_once(alice):
    for _ in range(2):
        send_welcome(alice, at=NOON)

    assert list(Mail.objects.values_list("kind", "member", "due_at")) == [("welcome", alice.pk, NOON)]


def test_a_member_without_an_address_is_not_welcomed(program):
    send_welcome(make_member(program, "mo", email=""), at=NOON)

    assert Mail.objects.count() == 0
