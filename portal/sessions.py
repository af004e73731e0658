"""A visit of the portal: what a link leaves behind, so that the link itself need not stay in the address."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from referrals.models import Member
from referrals.services.access import View, access_token, member_of_token

COOKIE = "vouch_member"
PATH = "/portal"
MINUTES = 60


def begin_visit(response: HttpResponse, member: Member, *, at: datetime) -> None:
    """Let this browser see the member's pages for an hour, whatever is left of the link's own time."""
    response.set_cookie(
        COOKIE,
        access_token(member, at=at, minutes=MINUTES, view=View.SESSION),
        max_age=MINUTES * 60,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=not settings.INSECURE,
    )


def end_visit(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")


def visiting_member(request: HttpRequest, *, at: datetime) -> Member:
    """Raises InvalidAccess where no visit was begun, or it has ended."""
    return member_of_token(request.COOKIES.get(COOKIE, ""), at=at, view=View.SESSION)
