"""What became of a mail. It is recorded once: of two workers with one mail in hand, the first to tell counts."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from events.services.events import record_event
from referrals.models import Invite, Mail
from referrals.services.outreach.reasons import IS_IN
from referrals.services.outreach.suppressions import DOES_NOT_WANT_MAIL

REMINDER_AFTER = timedelta(days=7)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAITS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 24 * HOUR]  # after each failure; then it is given up


@transaction.atomic
def record_sent(mail: Mail, *, at: datetime) -> None:
    """A mail went out: its invite is `sent`, with a reminder in line, or `reminded`. True also after the lease."""
    if not _finish(mail, Mail.Status.SENT, at=at) or mail.invite is None:
        return
    kind = "invite.sent" if mail.kind == Mail.Kind.INVITE else "invite.reminded"
    if mail.kind == Mail.Kind.INVITE:
        _move(mail.invite, Invite.Status.SENT, sent_at=at)
        Mail.objects.create(
            tenant_id=mail.tenant_id,
            kind=Mail.Kind.REMINDER,
            invite=mail.invite,
            due_at=at + REMINDER_AFTER,
            created_at=at,
        )
    else:
        _move(mail.invite, Invite.Status.REMINDED, reminded_at=at)
    record_event(mail.tenant, kind, subject=mail.invite.uid, at=at, program=str(mail.invite.program.uid))


@transaction.atomic
def retry(mail: Mail, reason: str, *, at: datetime) -> None:
    """A mail did not go out and may another time: later each time, then it is given up."""
    if mail.failures >= len(WAITS):
        fail(mail, reason, at=at)
        return
    mine = Mail.objects.filter(pk=mail.pk, status=Mail.Status.QUEUED, claims=mail.claims)
    mine.update(failures=mail.failures + 1, reason=reason[:200], due_at=at + WAITS[mail.failures], leased_until=None)


@transaction.atomic
def fail(mail: Mail, reason: str, *, at: datetime) -> None:
    """A mail will never go out. An invite that was never sent has failed with it."""
    if _finish(mail, Mail.Status.FAILED, at=at, reason=reason) and mail.kind == Mail.Kind.INVITE and mail.invite:
        _move(mail.invite, Invite.Status.FAILED, reason=reason[:200])


@transaction.atomic
def drop(mail: Mail, reason: str, *, at: datetime) -> None:
    """A mail is not to be sent any more. An invite that was never sent ends with it, and so does one that has been
    answered: by joining, or by wanting no mail.
    """
    if not _finish(mail, Mail.Status.DROPPED, at=at, reason=reason) or mail.invite is None:
        return
    if reason == IS_IN:
        _move(mail.invite, Invite.Status.JOINED, joined_at=at)
    elif reason == DOES_NOT_WANT_MAIL:
        _move(mail.invite, Invite.Status.SUPPRESSED, reason=reason)
    elif mail.kind == Mail.Kind.INVITE:
        _move(mail.invite, Invite.Status.FAILED, reason=reason[:200])


def _finish(mail: Mail, status: Mail.Status, *, at: datetime, reason: str = "") -> bool:
    """Whether it was still in line. Success counts whoever tells of it; anything else only of the latest claim."""
    queued = Mail.objects.filter(pk=mail.pk, status=Mail.Status.QUEUED)
    mine = queued if status == Mail.Status.SENT else queued.filter(claims=mail.claims)
    fields: dict[str, Any] = {"status": status, "finished_at": at, "leased_until": None, "reason": reason[:200]}
    return bool(mine.update(**fields))


def _move(invite: Invite, status: Invite.Status, **fields: Any) -> None:
    """An invite that has ended meanwhile stays as it ended, and only its dates are noted."""
    rows = Invite.objects.filter(pk=invite.pk)
    if rows.live().update(status=status, **fields):
        invite.status = status
    elif status in {Invite.Status.SENT, Invite.Status.REMINDED}:
        rows.update(**fields)
