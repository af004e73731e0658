"""What the mails say: each is made at the moment it is sent, of what is true then.

Names come from strangers. One that could pass for a link, or that is no name, is left out of the mail.
"""

import re
from datetime import datetime
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from referrals.models import Invite, Mail, Member, Person
from referrals.services.access import MOST_MINUTES, access_url
from referrals.services.links import join_link, share_link, unsubscribe_link
from referrals.services.memberships import default_code_of
from referrals.services.outreach.tokens import seal_mailbox, sign_invite

LONGEST_NAME = 60
LINK_LIKE = re.compile(r"[<>@/\\]|www\.|\w\.\w{2}", re.IGNORECASE)  # what mail programs make a link of
SUBJECTS = {
    "invite": "{inviter} invited you to {company}",
    "reminder": "A reminder: {inviter} invited you to {company}",
    "call": "{company} would like you to recommend it",
    "call_reminder": "A reminder: recommend {company}",
    "welcome": "Your link for recommending {company}",
}


class NothingToSay(Exception):
    """A mail that must not be sent any more; the message says why."""


def recipient_of(mail: Mail) -> str:
    """The address as it is now; "" where there is none any more."""
    return mail.invite.email if mail.invite else mail.member.person.email if mail.member else ""


def compose(mail: Mail, *, at: datetime) -> EmailMultiAlternatives:
    """The whole message, in plain text and HTML. Raises NothingToSay where a link it needs is gone."""
    to = recipient_of(mail)
    page = unsubscribe_link(seal_mailbox(mail.tenant, to))
    name, context = _welcome(mail.member, at=at) if mail.member else _invitation(mail)
    context |= {"company": _line(mail.tenant.name), "unsubscribe": page, "program": _program(mail)}
    context["subject"] = subject = SUBJECTS[name].format_map(context)
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"outreach/{name}.txt", context).strip() + "\n",
        from_email=_sender(context),
        to=[to],
        headers=_headers(mail, page),
    )
    message.attach_alternative(render_to_string(f"outreach/{name}.html", context), "text/html")
    return message


def plain_name(text: str) -> str:
    """A name as it may stand in a mail; "" for what is none."""
    name = "".join(letter for letter in _line(text) if letter.isprintable())
    return "" if LINK_LIKE.search(name) or len(name) > LONGEST_NAME else name


def _invitation(mail: Mail) -> tuple[str, dict[str, Any]]:
    invite = mail.invite
    assert invite is not None
    about: dict[str, Any] = {"first_name": plain_name(invite.first_name), "forgotten_on": invite.expires_at.date()}
    again = mail.kind == Mail.Kind.REMINDER
    if invite.member is None:
        return "call_reminder" if again else "call", about | {"link": join_link(sign_invite(invite))}
    return "reminder" if again else "invite", about | _from_member(invite.member) | _offer(invite)


def _from_member(member: Member) -> dict[str, Any]:
    return {"inviter": _name_of(member.person) or "A friend", **_code_of(member)}


def _offer(invite: Invite) -> dict[str, Any]:
    return {"offer": invite.program.referral_offer.strip()}


def _welcome(member: Member, *, at: datetime) -> tuple[str, dict[str, Any]]:
    portal = access_url(member, at=at, minutes=MOST_MINUTES)
    return "welcome", {"first_name": plain_name(member.person.first_name), "portal": portal, **_code_of(member)}


def _code_of(member: Member) -> dict[str, str]:
    code = default_code_of(member)
    if code is None:
        raise NothingToSay("The member has no code that works.")
    return {"code": code.code, "link": share_link(code)}


def _name_of(person: Person) -> str:
    return plain_name(f"{person.first_name} {person.last_name}")


def _program(mail: Mail) -> Any:
    subject: Any = mail.invite or mail.member
    return subject.program


def _sender(context: dict[str, Any]) -> str:
    """Our own address always, so that the mail is ours to sign; the name says on whose behalf."""
    inviter, company = context.get("inviter"), context["company"]
    return formataddr((f"{inviter} via {company}" if inviter else company, _our_address()))


def _headers(mail: Mail, page: str) -> dict[str, str]:
    """One Message-ID however often the mail is tried, so that a repeated one can be known for what it is; RFC 8058's
    one-click unsubscription; and a word to robots that need not answer.
    """
    return {
        "Message-ID": f"<{mail.uid}@{_our_address().rpartition('@')[2]}>",
        "List-Unsubscribe": f"<{page}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _our_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def _line(text: str) -> str:
    """On one line, with single blanks."""
    return " ".join(text.split())
