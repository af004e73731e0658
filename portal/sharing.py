"""A member's link and all that is shown with it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.channels import ON_THE_WEB, Channel
from portal.qr import draw_svg
from referrals.models import Code, Member
from referrals.services.links import share_link


def shared_code(request: HttpRequest, member: Member) -> dict[str, Any]:
    """For a template: `code`, `link`, `qr` and `channels`; nothing of it for a member who cannot refer at present."""
    code = active_code(member)
    return describe_code(request, code) if code else {"code": None}


def active_code(member: Member) -> Code | None:
    """The code that a member shares, with its tenant; None for one who cannot refer at present."""
    if not member.can_refer:
        return None
    code = member.codes.filter(is_active=True).order_by("-is_default", "pk").first()
    if code:
        code.tenant, code.member = member.tenant, member
    return code


def describe_code(request: HttpRequest, code: Code) -> dict[str, Any]:
    link = link_of(request, code)
    return {
        "code": code,
        "link": link,
        "bare_link": link.partition("://")[2],
        "qr": draw_svg(link),
        "channels": [(channel, _address_of(channel, code)) for channel in ON_THE_WEB],
    }


def link_of(request: HttpRequest, code: Code) -> str:
    """Absolute, also where Vouch was not told its public address: then it is the one it was asked at."""
    return request.build_absolute_uri(share_link(code))


def _address_of(channel: Channel, code: Code) -> str:
    return reverse("portal:share", args=[channel.name, code.tenant.alias, code.code])
