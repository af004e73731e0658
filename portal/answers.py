"""Pages of the portal, with what a browser may do with each."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.targets import PORTS, origin_of
from referrals.models import Program

# A page of ours carries a style sheet of ours and an empty icon, and needs nothing else from anywhere.
POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors {}"
# Those of members also carry a script that copies a link, and forms.
MEMBER_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {}"
)
NOBODY, ANYBODY = "'none'", "*"
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": POLICY.format(NOBODY),
}
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")


def page(
    request: HttpRequest,
    name: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """A page of templates/portal, not kept by any cache, and shown in nobody's frame unless `headers` say otherwise."""
    response = render(request, f"portal/{name}.html", context, status=status)
    for header, value in (PAGE_HEADERS | (headers or {})).items():
        response[header] = value
    return response


def form_headers() -> dict[str, str]:
    """For a page of one button. Its address holds a token, so no other site is ever told it."""
    return {"Content-Security-Policy": POLICY.format(NOBODY).replace("form-action 'none'", "form-action 'self'")}


def in_frame_headers(ancestors: str, policy: str = MEMBER_POLICY) -> dict[str, str]:
    """For a page in a frame: its address holds a token, so no other site is ever told it."""
    return {"Content-Security-Policy": policy.format(ancestors), "Referrer-Policy": "no-referrer"}


def own_window_headers() -> dict[str, str]:
    """For a member's page in a window of its own. Our own forms are known by where they come from, so we are told."""
    return {"Content-Security-Policy": MEMBER_POLICY.format(NOBODY), "Referrer-Policy": "same-origin"}


def ancestors_of(program: Program) -> str:
    """Who may show a program's pages in a frame: its own sites, that is where its links may lead."""
    return " ".join(sorted(_written(program.landing_url, *program.allowed_origins))) or NOBODY


def _written(*urls: str) -> Iterable[str]:
    """Origins as a policy writes them, which has no port where it is the usual one."""
    origins = {origin_of(url) for url in urls}
    plain = {origin.removesuffix(f":{PORTS[origin.partition(':')[0]]}") for origin in origins if origin}
    return {origin for origin in plain if ORIGIN.fullmatch(origin)}
