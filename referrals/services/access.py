"""Links by which a member comes to their own pages without a password: signed, for one member, for a while."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from django.core import signing
from django.urls import reverse

from referrals.errors import ExpiredAccess, InvalidAccess
from referrals.models import Member
from referrals.services.links import base_url, share_link
from referrals.services.memberships import default_code_of

SEPARATOR = "."
MOST_MINUTES = 43_200  # 30 days
# Costly to decrypt, and of no use to a member's pages.
SECRETS_OF_THE_TENANT = ("tenant__stripe_webhook_secret", "tenant__stripe_api_key", "tenant__member_token_secret")


class View(StrEnum):
    """What a token opens. Each is signed apart, so that none opens what another does."""

    PORTAL = "portal"  # the member's pages, in a window of their own
    EMBED = "embed"  # the same within a page of the tenant's
    SHARE = "share"  # the share widget alone
    SESSION = "session"  # a visit of the portal that a link began


class AccessUrls(NamedTuple):
    """Where one member gets in and what they share; the fields of the contract's 3.8. `twitter` is X. All absolute."""

    share_embed: str
    full_embed: str
    referral_code: str
    share: str
    sms: str
    whatsapp: str
    facebook: str
    messenger: str
    twitter: str
    linkedin: str
    email: str
    web: str
    telegram: str
    portal: str


def access_token(member: Member, *, at: datetime, minutes: int, view: str = View.PORTAL) -> str:
    """A signed word that lets its bearer see this member's pages, and do what the member may do there, for so long."""
    expires_at = at + timedelta(minutes=min(minutes, MOST_MINUTES))
    return _signer(view).sign_object([member.uid.hex, int(expires_at.timestamp())])


def member_of_token(token: str, *, at: datetime, view: str = View.PORTAL) -> Member:
    """The member that a token is for, with person, program and tenant.

    Raises ExpiredAccess for one whose time is up; InvalidAccess for one that is not of our making or of another view,
    and for a member who was removed, a person who is blocked, and a program or tenant that is switched off.
    """
    uid, expires_at = _read(token, view)
    if expires_at <= at:
        raise ExpiredAccess
    members = Member.objects.select_related("tenant", "program", "person").filter(
        uid=uid,
        removed_at__isnull=True,
        person__removed_at__isnull=True,
        person__blocked_at__isnull=True,
        program__is_active=True,
        tenant__is_active=True,
    )
    member = members.defer(*SECRETS_OF_THE_TENANT).first()
    if member is None:
        raise InvalidAccess
    return member


def access_urls(member: Member, *, at: datetime, minutes: int) -> AccessUrls:
    """Every link of the contract's MemberAccessUrls. Those that need no access are as good for ever; the code and they
    are empty for a member without an active code.
    """
    code = default_code_of(member)
    link = share_link(code) if code else ""
    return AccessUrls(
        share_embed=access_url(member, at=at, minutes=minutes, view=View.SHARE),
        full_embed=access_url(member, at=at, minutes=minutes, view=View.EMBED),
        portal=access_url(member, at=at, minutes=minutes, view=View.PORTAL),
        referral_code=code.code if code else "",
        share=link,
        **{name: share_channel_url(member, code.code, channel) if code else "" for name, channel in CHANNELS.items()},
    )


# The channels by the field that leads to each.
CHANNELS = {
    "sms": "sms",
    "whatsapp": "whatsapp",
    "facebook": "facebook",
    "messenger": "messenger",
    "twitter": "x",
    "linkedin": "linkedin",
    "email": "email",
    "web": "web",
    "telegram": "telegram",
}
PAGES = {View.PORTAL: "portal:enter", View.EMBED: "portal:embed", View.SHARE: "portal:widget"}


def access_url(member: Member, *, at: datetime, minutes: int, view: View = View.PORTAL) -> str:
    """The absolute link to one view of a member."""
    token = access_token(member, at=at, minutes=minutes, view=view)
    return base_url() + reverse(PAGES[view], args=[token])


def share_channel_url(member: Member, code: str, channel: str) -> str:
    """The link that counts a share of a member's and leads on to a channel's own page."""
    return f"{base_url()}/s/{channel}/{quote(member.tenant.alias)}/{quote(code)}"


def _read(token: str, view: str) -> tuple[UUID, datetime]:
    try:
        uid, expires = _signer(view).unsign_object(token)
        return UUID(hex=uid), datetime.fromtimestamp(expires, tz=UTC)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise InvalidAccess from error


def _signer(view: str) -> signing.Signer:
    return signing.Signer(salt=f"referrals.access.{view}", sep=SEPARATOR)
