"""The link that a member shares, followed by somebody they invite."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.answers import page
from portal.callers import ip_of, only_looks_ahead, refuse_too_many
from portal.targets import add_to_query, choose_target, path_of
from portal.visitors import remember_visitor, visitor_of
from referrals.errors import UnknownCode
from referrals.services.attributions import Click, record_click
from tenants.models import Tenant


@require_safe
def follow_link(request: HttpRequest, code: str, alias: str = "") -> HttpResponse:
    """`GET /r/{code}` and `GET /r/{alias}/{code}`: record the click and lead on to the program's page.

    The redirect (302) goes to the program's landing URL, or to `?to=` where that is a page of the program's own, with
    `ref` and `click_id` added. A program without a landing URL gets a page of ours. A code that leads nowhere, for
    whatever reason, gets one and the same 404; too many calls from one address get 429 with `Retry-After`.
    """
    refusal = refuse_too_many(request, "click")
    if refusal:
        return refusal
    ip, visitor = ip_of(request), visitor_of(request)
    try:
        tenant = _tenant_called(alias) if alias else None
        click = record_click(code, tenant=tenant, ip=ip, visitor=visitor, at=timezone.now(), **_describe_touch(request))
    except UnknownCode:
        return page(request, "unknown_code", status=404)
    response = _lead_on(request, click)
    remember_visitor(response, visitor)
    return response


def _describe_touch(request: HttpRequest) -> dict[str, Any]:
    return {
        "host": split_domain_port(request.get_host())[0],
        "user_agent": request.headers.get("User-Agent", ""),
        "prefetch": only_looks_ahead(request),
        "referrer_url": request.headers.get("Referer", ""),
        "landing_path": path_of(request.GET.get("to", "")),
        **{name: request.GET.get(name, "") for name in ("utm_source", "utm_medium", "utm_campaign")},
    }


def _tenant_called(alias: str) -> Tenant:
    tenant = Tenant.objects.filter(alias=alias, is_active=True).first()
    if tenant is None:
        raise UnknownCode
    return tenant


def _lead_on(request: HttpRequest, click: Click) -> HttpResponse:
    """To the page asked for, else the member's own, else the program's: whichever of them the program allows."""
    own = choose_target(click.override_url, landing_url=click.landing_url, allowed_origins=click.allowed_origins)
    target = choose_target(
        request.GET.get("to", ""), landing_url=own, allowed_origins=[click.landing_url, *click.allowed_origins]
    )
    if not target:
        return page(request, "invited", {"code": click.code})
    response = HttpResponseRedirect(add_to_query(target, ref=click.code, click_id=click.public_id))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response
