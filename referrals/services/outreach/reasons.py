"""Why a mail that is in line must not be sent after all. What was true when it was queued may not be so any more."""

from datetime import datetime

from referrals.models import Invite, Mail, Member
from referrals.services.outreach.inviting import is_in_already
from referrals.services.outreach.letters import recipient_of
from referrals.services.outreach.suppressions import DOES_NOT_WANT_MAIL, is_suppressed

IS_IN = "They are in already."
MAY_NOT_REFER = "The member may not refer."
PROGRAM_OFF = "The program is switched off."


def reason_not_to_send(mail: Mail, *, at: datetime) -> str:
    """A sentence, or "" where nothing speaks against it. Who wants no mail is looked up last: right before sending."""
    about = _about_invite(mail.invite, at=at) if mail.invite else _about_welcome(mail.member)
    if about:
        return about
    return DOES_NOT_WANT_MAIL if is_suppressed(mail.tenant, recipient_of(mail)) else ""


def _about_invite(invite: Invite, *, at: datetime) -> str:
    if not invite.is_live:
        return f"The invite is {invite.status}."
    if invite.expires_at <= at:
        return "The invite has expired."
    if not invite.program.is_active:
        return PROGRAM_OFF
    if invite.member and not _may_refer(invite.member):
        return MAY_NOT_REFER
    return IS_IN if is_in_already(invite.program, invite.address) else ""


def _about_welcome(member: Member | None) -> str:
    if member is None or not _may_refer(member):
        return MAY_NOT_REFER
    if not member.program.is_active:
        return PROGRAM_OFF
    return "" if member.person.email else "The member has no e-mail address."


def _may_refer(member: Member) -> bool:
    return member.can_refer and member.person.blocked_at is None
