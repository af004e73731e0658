"""The ways in to a member's pages: a visit in a window of its own, or a token in the address of a frame.

A frame has no cookies of ours, since browsers keep third parties' from it; so there the token stays in the path. It is
then all that lets a form in, and no other site can know it, so such a form needs no further proof of where it is from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from portal.answers import ANYBODY, POLICY, ancestors_of, in_frame_headers, own_window_headers, page
from portal.callers import ip_of, only_looks_ahead, refuse_too_many
from portal.sessions import visiting_member
from referrals.errors import ExpiredAccess, InvalidAccess
from referrals.models import Attribution, Member
from referrals.services.access import View, member_of_token
from referrals.services.attributions import judge_agent
from referrals.services.visits import record_visit

Rest = ParamSpec("Rest")


@dataclass(frozen=True)
class Door:
    """Whose pages these are, since when they are looked at, and what the addresses of the others begin with."""

    member: Member
    at: datetime
    base: str
    is_framed: bool = False

    def page(self, request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        headers = in_frame_headers(ancestors_of(self.member.program)) if self.is_framed else own_window_headers()
        known = {"door": self, "member": self.member, "program": self.member.program, "tenant": self.member.tenant}
        return page(request, name, known | context, status=status, headers=headers)

    def note_view(self, request: HttpRequest) -> None:
        """Count that the member looks at their pages, if it is a person who looks."""
        agent = request.headers.get("User-Agent", "")
        if judge_agent(agent, prefetch=only_looks_ahead(request)) == Attribution.Verdict.VALID:
            record_visit(self.member, ip=ip_of(request), user_agent=agent, at=self.at)


Behind = Callable[Concatenate[HttpRequest, Door, Rest], HttpResponse]


def in_window(view: Behind[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """Behind the cookie of a visit."""

    @wraps(view)
    def opened(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        at = timezone.now()
        refusal = refuse_too_many(request, "portal")
        if refusal:
            return refusal
        try:
            door = Door(visiting_member(request, at=at), at, reverse("portal:overview"))
        except InvalidAccess:
            return page(request, "no_visit", status=403)
        return view(request, door, *args, **kwargs)

    return opened


def in_frame(view: Behind[Rest], *, opens: View = View.EMBED) -> Callable[..., HttpResponse]:
    """Behind the token in the path, which each page of the frame hands on to the next."""

    @csrf_exempt
    @xframe_options_exempt
    @wraps(view)
    def opened(request: HttpRequest, /, token: str, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        at = timezone.now()
        refusal = refuse_too_many(request, "portal")
        if refusal:
            return refusal
        try:
            member = member_of_token(token, at=at, view=opens)
        except InvalidAccess as error:
            return refuse_access(request, error, is_framed=True)
        return view(request, Door(member, at, reverse("portal:embed", args=[token]), is_framed=True), *args, **kwargs)

    return opened


def refuse_access(request: HttpRequest, error: InvalidAccess, *, is_framed: bool = False) -> HttpResponse:
    """Say how to get another link, and nothing of whose this one is or was. It may show in anybody's frame: there is
    nothing on it to see or to press.
    """
    headers = in_frame_headers(ANYBODY, POLICY) if is_framed else None
    if isinstance(error, ExpiredAccess):
        return page(request, "expired_access", status=403, headers=headers)
    return page(request, "unknown_access", status=404, headers=headers)
