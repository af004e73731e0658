"""Mail as a real mail server gets it, on real connections."""

import re
import threading
from collections import Counter
from datetime import timedelta

import pytest

from referrals.models import Invite, Mail
from referrals.services.outreach.inviting import Contact, add_invites
from referrals.services.outreach.outcomes import WAITS
from referrals.services.outreach.sending import send_due_mail
from referrals.services.outreach.suppressions import suppress_email
from tests.cast import NOON, make_member, make_program, make_tenant
from tests.smtp import MailServer, receiving_mail
from tests.threads import run_at_once

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def server(settings):
    with receiving_mail() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
        settings.MAILS_PER_MINUTE = 10_000
        yield server


@pytest.fixture
def alice():
    return make_member(make_program(make_tenant("acme")), "alice", code="ALICE")


def line_up(member, number: int = 1) -> list[Invite]:
    contacts = [Contact(f"{n}@x.example", f"Friend {n}") for n in range(number)]
    return add_invites(member.tenant, contacts, member=member, at=NOON).added


def state() -> tuple[str, int, str]:
    return Mail.objects.exclude(kind="reminder").values_list("status", "failures", "reason").get()


def test_a_conversation(server: MailServer, alice, settings):
    settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "https://vouch.example.com", "Vouch <post@vouch.example.com>"
    line_up(alice)

    assert send_due_mail(at=NOON) == 1

    ((to, message),) = server.taken
    mail = Mail.objects.get(kind="invite")
    link = message["List-Unsubscribe"].strip()
    assert to == "0@x.example"
    assert {name: message[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")} == {
        "From": "Alice via Acme <post@vouch.example.com>",
        "To": "0@x.example",
        "Subject": "Alice invited you to Acme",
        "Message-ID": f"<{mail.uid}@vouch.example.com>",
        "Auto-Submitted": "auto-generated",
    }
    assert re.fullmatch(r"<https://vouch\.example\.com/u/[A-Za-z0-9_-]{80,}>", link)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parts = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
    assert list(parts) == ["text/plain", "text/html"]
    for text in parts.values():
        assert "https://vouch.example.com/r/acme/ALICE" in text
        assert link.strip("<>") in text
        assert "Friend 0" in text


def test_many_mails_go_over_one_connection(server: MailServer, alice):
    line_up(alice, 5)

    assert send_due_mail(at=NOON) == 5
    assert (len(server.taken), server.calls) == (5, 1)


def test_a_recipient_refused_for_good_has_failed_at_once(server: MailServer, alice):
    (invite,) = line_up(alice)
    server.replies = {"RCPT": "550 no such mailbox"}

    assert send_due_mail(at=NOON) == 0

    invite.refresh_from_db()
    told = "The mail server answered 550: no such mailbox"
    assert state() == ("failed", 0, told)
    assert (invite.status, invite.reason) == ("failed", told)


def test_a_recipient_to_try_again_later_is_tried_again(server: MailServer, alice):
    line_up(alice)
    server.replies = {"RCPT": "450 greylisted"}
    send_due_mail(at=NOON)
    assert state() == ("queued", 1, "The mail server answered 450: greylisted")

    server.replies = {}
    assert [send_due_mail(at=NOON + wait * WAITS[0]) for wait in (0.5, 1.1)] == [0, 1]
    assert state() == ("sent", 1, "")


def test_what_never_gets_through_is_given_up_with_the_reason(server: MailServer, alice):
    (invite,) = line_up(alice)
    server.replies = {"MAIL": "451 busy"}
    at, tries = NOON, 0
    while Mail.objects.filter(status="queued").exists():
        send_due_mail(at=at)
        at, tries = at + 30 * HOUR, tries + 1

    invite.refresh_from_db()
    assert (tries, state()) == (7, ("failed", 6, "The mail server answered 451: busy"))
    assert (invite.status, server.taken) == ("failed", [])


def test_content_that_is_refused_for_good_has_failed(server: MailServer, alice):
    line_up(alice)
    server.replies = {"END": "554 looks like spam"}

    assert send_due_mail(at=NOON) == 0
    assert state() == ("failed", 0, "The mail server answered 554: looks like spam")


@pytest.mark.parametrize("where", ["MAIL", "DATA"])
def test_a_server_that_hangs_up_is_called_again(server: MailServer, alice, where):
    line_up(alice)
    server.hang_up_at = where
    assert send_due_mail(at=NOON) == 0
    assert state()[:2] == ("queued", 1)

    server.hang_up_at = ""
    assert send_due_mail(at=NOON + HOUR) == 1
    assert [to for to, _ in server.taken] == ["0@x.example"]


def test_one_mail_that_fails_does_not_hold_up_the_next(server: MailServer, alice):
    line_up(alice, 3)
    first = [True]

    def hang_up_once():
        server.hang_up_at = "END" if first.pop() else ""
        first.append(False)

    server.on_data = hang_up_once

    assert send_due_mail(at=NOON) == 2
    assert Counter(Mail.objects.exclude(kind="reminder").values_list("status", flat=True)) == {"sent": 2, "queued": 1}


def test_a_server_that_is_away_costs_no_attempt(server: MailServer, alice, settings):
    line_up(alice)
    settings.EMAIL_PORT = 1  # nobody listens there

    assert send_due_mail(at=NOON) == 0
    assert (state(), Mail.objects.get().claims) == (("queued", 0, ""), 0)


def test_workers_at_once_send_each_mail_once(server: MailServer, alice):
    line_up(alice, 40)

    counts = run_at_once(*[lambda: send_due_mail(at=NOON)] * 4)

    assert (sum(counts), len(server.taken)) == (40, 40)
    assert Counter(to for to, _ in server.taken).most_common(1)[0][1] == 1
    assert Counter(Invite.objects.values_list("status", flat=True)) == {"sent": 40}


def test_who_unsubscribes_while_mail_goes_out_gets_none_that_begins_after(server: MailServer, alice):
    """Addresses are suppressed one by one while two workers send: a mail to one was in the server's hands before."""
    invites = line_up(alice, 30)
    suppressed: dict[str, int] = {}
    begun: list[str] = []
    server.on_data = lambda: begun.append(threading.current_thread().name)

    def suppress_all():
        for invite in reversed(invites):
            suppress_email(alice.tenant, invite.email, source="page", at=NOON)
            suppressed[invite.email] = len(begun)

    run_at_once(suppress_all, lambda: send_due_mail(at=NOON), lambda: send_due_mail(at=NOON))

    late = [to for place, (to, _) in enumerate(server.taken) if place > suppressed[to] + 2]  # two may be under way
    assert late == []
    for invite in invites:
        invite.refresh_from_db()
        assert invite.status == "suppressed"
    got = {to for to, _ in server.taken}
    dropped = set(Mail.objects.filter(status="dropped", kind="invite").values_list("invite__email", flat=True))
    assert got | dropped == {invite.email for invite in invites}
    assert got & dropped == set()
