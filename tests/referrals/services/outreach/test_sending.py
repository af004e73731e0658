from datetime import timedelta

import pytest
from django.core import mail as box

from events.models import Event
from referrals.models import Code, Invite, Mail, Member, Program
from referrals.services.members import enrol
from referrals.services.outreach import letters
from referrals.services.outreach.inviting import Contact, add_invites, send_welcome
from referrals.services.outreach.outcomes import record_sent
from referrals.services.outreach.sending import LEASE, _claim, send_due_mail
from referrals.services.outreach.suppressions import suppress_email, unsuppress_email
from tests.cast import NOON, make_person, make_program, make_referral

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


@pytest.fixture
def invite(acme, alice):
    """Invite somebody in Alice's name."""

    def invite(email: str = "ida@x.example", *, member=alice, at=NOON) -> Invite:
        (row,) = add_invites(acme, [Contact(email, "Ida")], member=member, at=at).added
        return row

    return invite


def sent_to() -> list[str]:
    return [to for message in box.outbox for to in message.to]


def mails() -> list[tuple[str, str, str]]:
    return list(Mail.objects.order_by("id").values_list("kind", "status", "reason"))


def test_an_invite_is_sent_and_its_reminder_put_in_line(invite):
    row = invite()

    assert [send_due_mail(at=NOON), send_due_mail(at=NOON)] == [1, 0]

    row.refresh_from_db()
    assert (row.status, abs(row.sent_at - NOON) < SECOND) == ("sent", True)
    assert mails() == [("invite", "sent", ""), ("reminder", "queued", "")]
    reminder = Mail.objects.get(kind="reminder")
    assert reminder.due_at == row.sent_at + WEEK
    assert sent_to() == ["ida@x.example"]


def test_one_reminder_and_no_more(invite):
    row = invite()
    counts = [send_due_mail(at=NOON + days * DAY) for days in (0, 6, 8, 16, 40)]

    row.refresh_from_db()
    assert counts == [1, 0, 1, 0, 0]
    assert (row.status, row.reminded_at > NOON + WEEK) == ("reminded", True)
    kinds = Event.objects.filter(kind__startswith="invite.", subject=row.uid).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["invite.sent", "invite.reminded"]


def test_a_welcome_is_sent(alice):
    send_welcome(alice, at=NOON)

    assert send_due_mail(at=NOON) == 1
    assert sent_to() == ["alice@alice.example"]
    assert mails() == [("welcome", "sent", "")]


def test_who_was_suppressed_after_queueing_gets_nothing(acme, alice, invite):
    row = invite()
    send_welcome(alice, at=NOON)
    suppress_email(acme, "IDA@x.example", source="api", at=NOON)
    suppress_email(acme, alice.person.email.upper(), source="api", at=NOON)

    assert send_due_mail(at=NOON) == 0

    row.refresh_from_db()
    assert (box.outbox, row.status) == ([], "suppressed")
    assert mails() == [
        ("invite", "dropped", "The invite is suppressed."), ("welcome", "dropped", "They do not want mail."),
    ]  # fmt: skip


def test_who_was_suppressed_and_let_back_is_not_mailed_by_an_invite_of_before(acme, invite):
    invite()
    suppress_email(acme, "ida@x.example", source="api", at=NOON)
    unsuppress_email(acme, "ida@x.example", at=NOON)

    assert send_due_mail(at=NOON) == 0
    invite()
    assert send_due_mail(at=NOON) == 1


def test_a_suppression_between_invite_and_reminder_is_heeded(acme, invite):
    row = invite()
    send_due_mail(at=NOON)
    suppress_email(acme, "ida@x.example", source="one_click", at=NOON)

    assert send_due_mail(at=NOON + 8 * DAY) == 0
    row.refresh_from_db()
    assert (row.status, len(box.outbox)) == ("suppressed", 1)


def test_who_joined_gets_no_reminder(acme, alice, invite):
    row = invite()
    send_due_mail(at=NOON)
    make_referral(alice, "ida", email="Ida@x.example")

    assert send_due_mail(at=NOON + 8 * DAY) == 0
    row.refresh_from_db()
    assert (row.status, row.person.external_id) == ("joined", "ida")


def test_who_got_the_address_only_after_joining_is_recognised_when_the_mail_is_due(acme, alice, invite):
    person = make_person(acme, "ida", email="")
    enrol(alice.program, person, at=NOON)
    row = invite()
    make_person(acme, "ida", email="ida@x.example")

    assert send_due_mail(at=NOON) == 0
    row.refresh_from_db()
    assert (row.status, row.joined_at) == ("joined", Mail.objects.get().finished_at)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda: Member.objects.update(status="Disabled"), "The member may not refer."),
        (lambda: Member.objects.update(removed_at=NOON), "The member may not refer."),
        (lambda: Program.objects.update(is_active=False), "The program is switched off."),
        (lambda: Code.objects.update(is_active=False), "The member has no code that works."),
    ],
)
def test_what_changed_since_is_heeded_and_shows(invite, change, reason):
    row = invite()
    change()

    assert send_due_mail(at=NOON) == 0
    row.refresh_from_db()
    assert (row.status, row.reason) == ("failed", reason)
    assert mails() == [("invite", "dropped", reason)]


def test_an_invite_that_waited_past_its_time_is_not_sent(invite):
    row = invite()

    assert send_due_mail(at=NOON + 60 * DAY) == 0
    row.refresh_from_db()
    assert (row.status, row.reason) == ("failed", "The invite has expired.")


def test_mail_of_a_tenant_that_is_switched_off_waits(acme, invite):
    invite()
    acme.is_active = False
    acme.save()

    assert send_due_mail(at=NOON) == 0
    assert mails() == [("invite", "queued", "")]


def test_a_tenant_sends_so_many_a_minute_and_the_others_go_on(acme, globex, program, settings):
    settings.MAILS_PER_MINUTE = 2
    make_program(globex)
    add_invites(acme, [Contact(f"{n}@acme.example") for n in range(4)], at=NOON)
    add_invites(globex, [Contact("one@globex.example")], at=NOON + SECOND)

    assert send_due_mail(at=NOON + 2 * SECOND) == 3
    assert sorted(sent_to()) == ["0@acme.example", "1@acme.example", "one@globex.example"]


def test_a_sweep_takes_no_more_than_its_limit(acme, program):
    add_invites(acme, [Contact(f"{n}@x.example") for n in range(5)], at=NOON)

    assert [send_due_mail(at=NOON, limit=3), send_due_mail(at=NOON, limit=3)] == [3, 2]


def test_a_sweep_that_has_no_time_left_takes_nothing(acme, invite):
    invite()

    assert send_due_mail(at=NOON, seconds=-1) == 0
    assert mails() == [("invite", "queued", "")]


def test_without_a_mail_server_all_waits(invite, settings):
    settings.EMAIL_URL = ""
    invite()

    assert send_due_mail(at=NOON) == 0
    assert mails() == [("invite", "queued", "")]


def test_what_a_dead_worker_had_in_hand_is_sent_after_the_lease(acme, invite):
    invite()
    _claim(acme.pk, at=NOON)

    assert [send_due_mail(at=NOON), send_due_mail(at=NOON + LEASE)] == [0, 1]
    assert sent_to() == ["ida@x.example"]


def test_after_two_deaths_a_mail_is_given_up(acme, invite):
    row = invite()
    _claim(acme.pk, at=NOON)
    _claim(acme.pk, at=NOON + LEASE)

    assert send_due_mail(at=NOON + 2 * LEASE) == 0
    row.refresh_from_db()
    assert (row.status, box.outbox) == ("failed", [])
    assert mails() == [("invite", "failed", "Two workers stopped with it in hand, so it may have been sent.")]


def test_a_worker_that_comes_back_late_with_success_is_believed(acme, invite):
    invite()
    late = _claim(acme.pk, at=NOON)
    _claim(acme.pk, at=NOON + LEASE)

    record_sent(late, at=NOON + LEASE)

    assert send_due_mail(at=NOON + 3 * LEASE) == 0
    assert mails() == [("invite", "sent", ""), ("reminder", "queued", "")]


def test_a_mail_that_cannot_be_composed_holds_up_no_other(invite, monkeypatch):
    invite()
    invite("bo@x.example")
    compose, broken = letters.render_to_string, iter([True])

    def render(*args, **kwargs):
        if next(broken, False):
            raise KeyError("oh no")
        return compose(*args, **kwargs)

    monkeypatch.setattr(letters, "render_to_string", render)

    assert send_due_mail(at=NOON) == 1
    assert mails() == [
        ("invite", "queued", "It could not be composed: KeyError."), ("invite", "sent", ""), ("reminder", "queued", ""),
    ]  # fmt: skip
    assert send_due_mail(at=NOON + DAY) == 1
