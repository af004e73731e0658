from datetime import timedelta

from events.models import Event
from referrals.models import EmailSuppression, Invite, Mail, Program
from referrals.services.members import enrol
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.joins import forget_invites
from referrals.services.outreach.suppressions import suppress_email, suppressed_emails
from referrals.services.standing import remove_person
from tests.cast import NOON, make_member, make_person, make_referral

DAY = timedelta(days=1)


def one_invite(acme, email: str = "Ida@x.example", **options) -> Invite:
    return add_invites(acme, [Contact(email, "Ida", "Lin")], at=NOON, **options).added[0]


def test_an_invite_is_joined_when_its_person_is_referred(acme, alice):
    row = one_invite(acme, member=alice)

    referral = make_referral(alice, "ida", email="ida@X.example", at=NOON + DAY)

    row.refresh_from_db()
    assert (row.status, row.person, row.joined_at) == ("joined", referral.referred, NOON + DAY)
    event = Event.objects.get(kind="invite.joined")
    assert (event.subject, event.data) == (
        row.uid, {"person": str(referral.referred.uid), "member": str(alice.uid)},
    )  # fmt: skip


def test_an_invite_is_joined_when_its_person_becomes_a_member(acme, program):
    row = one_invite(acme)

    member = make_member(program, "ida", email="ida@x.example")
    enrol(program, member.person, at=NOON + DAY)

    row.refresh_from_db()
    assert (row.status, row.person, row.joined_at) == ("joined", member.person, NOON)
    assert Event.objects.filter(kind="invite.joined").count() == 1


def test_invites_of_others_and_to_other_programs_stay(acme, globex, alice):
    other = Program.objects.create(tenant=acme, name="partners")
    rows = [one_invite(acme, "bo@x.example"), one_invite(acme, program=other)]

    make_referral(alice, "ida", email="ida@x.example")

    assert list(Invite.objects.filter(pk__in=[row.pk for row in rows]).values_list("status", flat=True)) == [
        "potential", "potential",
    ]  # fmt: skip


def test_after_sixty_days_nobody_is_remembered(acme, alice):
    live, joined = one_invite(acme), one_invite(acme, "bo@x.example", member=alice)
    make_referral(alice, "bo", email="bo@x.example")

    assert forget_invites(at=NOON + 60 * DAY - timedelta(microseconds=1)) == 0
    assert [forget_invites(at=NOON + 60 * DAY), forget_invites(at=NOON + 61 * DAY)] == [2, 0]

    for row, status in ((live, "expired"), (joined, "joined")):
        row.refresh_from_db()
        told = (row.status, row.first_name, row.last_name, row.email, row.address, row.forgotten_at)
        assert told == (status, "", "", "", "", NOON + 60 * DAY)
    assert len(add_invites(acme, [Contact("ida@x.example")], at=NOON + 60 * DAY).added) == 1


def test_forgetting_is_bounded(acme, program):
    add_invites(acme, [Contact(f"{n}@x.example") for n in range(3)], at=NOON)

    assert [forget_invites(at=NOON + 60 * DAY, limit=2) for _ in range(3)] == [2, 1, 0]


def test_a_removed_person_is_in_no_invite_and_still_gets_no_mail(acme, alice):
    person = make_person(acme, "ida", email="ida@x.example")
    row = one_invite(acme, member=alice)
    suppress_email(acme, "ida@x.example", source=EmailSuppression.Source.PAGE, at=NOON)

    remove_person(person, at=NOON, actor="system")

    row.refresh_from_db()
    assert (row.status, row.email, row.first_name) == ("suppressed", "", "")
    assert [kept.email for kept in suppressed_emails(acme)] == ["ida@x.example"]


def test_a_removed_person_is_mailed_no_invite_of_before(acme, alice):
    person = make_person(acme, "ida", email="ida@x.example")
    row = one_invite(acme, member=alice)

    remove_person(person, at=NOON, actor="system")

    row.refresh_from_db()
    assert (row.status, row.email, Mail.objects.get().status) == ("expired", "", "queued")
