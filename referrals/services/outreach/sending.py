"""The only place that mails. Each mail is claimed under a lease, checked once more, sent outside any transaction, and
recorded. Whoever must not be mailed is asked about right before.

A worker that dies in between leaves the lease to run out and the mail is sent again, under the same Message-ID; after a
second death it is given up.
"""

import smtplib
import time
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from referrals.models import Mail
from referrals.services.outreach.letters import NothingToSay, compose
from referrals.services.outreach.outcomes import drop, fail, record_sent, retry
from referrals.services.outreach.reasons import reason_not_to_send
from tenants.services.limits import throttle

LEASE = timedelta(minutes=5)  # more than the longest conversation with a mail server takes
PERMANENT = range(500, 600)
log = structlog.get_logger(__name__)


class Failure(NamedTuple):
    """Why a mail did not go out, and whether it never will."""

    reason: str
    is_permanent: bool


def send_due_mail(*, at: datetime, limit: int = 200, seconds: float = 45.0) -> int:
    """Send what is due, tenant by tenant no more than VOUCH_MAILS_PER_MINUTE; return how many mails went out.

    Any number of workers may do so at once. While the mail server cannot be reached, all mail waits, and it costs none
    of it an attempt. Nothing is sent where no server is set.
    """
    if not settings.EMAIL_URL or not Mail.objects.due(at).exists():
        return 0
    line = get_connection()
    try:
        return _send_all(line, at=at, limit=limit, seconds=seconds)
    finally:
        line.close()


def _send_all(line: BaseEmailBackend, *, at: datetime, limit: int, seconds: float) -> int:
    started, resting, sent = time.monotonic(), set[int](), 0
    for _ in range(limit):
        passed = time.monotonic() - started
        if passed > seconds or not _is_open(line):
            break
        now = at + timedelta(seconds=passed)
        mail = _next(now, resting)
        if mail is None:
            break
        sent += int(_handle(mail, line, at=now))
    return sent


def _is_open(line: BaseEmailBackend) -> bool:
    """Whether the server answers; a connection that is open already stays so."""
    try:
        line.open()
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail_server_unreachable", error=f"{type(error).__name__}: {error}"[:200])  # noqa: TRY400
        return False
    return True


def _next(at: datetime, resting: set[int]) -> Mail | None:
    """The mail due longest, of a tenant that has not used up its minute: claimed. Those that have rest."""
    while True:
        due = Mail.objects.due(at).exclude(tenant__in=resting).order_by("due_at", "id")
        tenant_id = due.values_list("tenant", flat=True).first()
        if tenant_id is None:
            return None
        busy = throttle(f"mail:{tenant_id}", limit=settings.MAILS_PER_MINUTE)
        mail = None if busy else _claim(tenant_id, at=at)
        if mail is not None:
            return mail
        resting.add(tenant_id)


@transaction.atomic
def _claim(tenant_id: int, *, at: datetime) -> Mail | None:
    """None where other workers have all of the tenant's in hand."""
    due = Mail.objects.due(at).filter(tenant=tenant_id).order_by("due_at", "id")
    along = ("tenant", "invite__program__tenant", "invite__member__person", "invite__member__tenant")
    rows = due.select_related(*along, "member__person", "member__program", "member__tenant")
    mail = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if mail is not None:
        mail.leased_until, mail.claims = at + LEASE, mail.claims + 1
        mail.save(update_fields=["leased_until", "claims"])
    return mail


def _handle(mail: Mail, line: BaseEmailBackend, *, at: datetime) -> bool:
    """See one claimed mail to its end, or to its next attempt; tell whether it went out."""
    if mail.was_left_twice:
        fail(mail, "Two workers stopped with it in hand, so it may have been sent.", at=at)
        return False
    reason = reason_not_to_send(mail, at=at)
    failure = None
    if not reason:
        try:
            failure = _send(mail, line, at=at)
        except NothingToSay as nothing:
            reason = str(nothing)
    if reason:
        drop(mail, reason, at=at)
    elif failure is None:
        record_sent(mail, at=at)
        return True
    elif failure.is_permanent:
        fail(mail, failure.reason, at=at)
    else:
        retry(mail, failure.reason, at=at)
    return False


def _send(mail: Mail, line: BaseEmailBackend, *, at: datetime) -> Failure | None:
    """Hand a mail to the server; None where it took it."""
    try:
        message = compose(mail, at=at)
    except NothingToSay:
        raise
    except Exception as error:  # whatever is wrong with one mail must not hold up the others
        log.exception("mail_not_composed", mail=str(mail.uid))
        return Failure(f"It could not be composed: {type(error).__name__}.", is_permanent=False)
    try:
        line.send_messages([message])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        line.close()
        return _read_failure(error)
    return None


def _read_failure(error: Exception) -> Failure:
    """A recipient or content that was refused for good is refused at once; anything else may pass."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return Failure(_told(code, text), is_permanent=code in PERMANENT)
        case smtplib.SMTPDataError():
            return Failure(_told(error.smtp_code, error.smtp_error), is_permanent=error.smtp_code in PERMANENT)
        case smtplib.SMTPResponseException():
            return Failure(_told(error.smtp_code, error.smtp_error), is_permanent=False)
        case ValueError():  # a header or an address that Django will not write
            return Failure(f"It could not be written: {error}", is_permanent=True)
    return Failure(f"{type(error).__name__}: {error}", is_permanent=False)


def _told(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"The mail server answered {code}: {words}"
