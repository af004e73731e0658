"""The first-party cookie that lets a later sign-up find the touches of the same browser. It says nothing by itself."""

import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "vouch_visitor"
MAX_AGE = 365 * 24 * 3600
WELL_FORMED = re.compile(r"[0-9a-f]{32}")


def visitor_of(request: HttpRequest) -> str:
    """The browser's 128-bit id: the one it brought, unless that is not of our making, or a new one."""
    brought = request.COOKIES.get(COOKIE, "")
    return brought if WELL_FORMED.fullmatch(brought) else secrets.token_hex(16)


def remember_visitor(response: HttpResponse, visitor: str) -> None:
    response.set_cookie(COOKIE, visitor, max_age=MAX_AGE, httponly=True, samesite="Lax", secure=not settings.INSECURE)
