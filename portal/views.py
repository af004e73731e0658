"""Pages for members and for those they invite."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.targets import add_to_query, choose_target, path_of
from portal.visitors import remember_visitor, visitor_of
from referrals.errors import UnknownCode
from referrals.services.attributions import Click, record_click
from tenants.models import Tenant
from tenants.services.addresses import client_ip, network_of
from tenants.services.limits import throttle

PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    # A page of ours carries its style sheet and an empty icon, and needs nothing else from anywhere.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
LOOKING_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


@require_safe
def follow_link(request: HttpRequest, code: str, alias: str = "") -> HttpResponse:
    """`GET /r/{code}` and `GET /r/{alias}/{code}`: record the click and lead on to the program's page.

    The redirect (302) goes to the program's landing URL, or to `?to=` where that is a page of the program's own, with
    `ref` and `click_id` added. A program without a landing URL gets a page of ours. A code that leads nowhere, for
    whatever reason, gets one and the same 404; too many calls from one address get 429 with `Retry-After`.
    """
    ip = client_ip(request.META, trusted_proxies=settings.TRUSTED_PROXIES)
    retry_after = throttle(f"click:{network_of(ip)}", limit=settings.CLICKS_PER_MINUTE)
    if retry_after:
        return _page(request, "slow_down", status=429, headers={"Retry-After": str(retry_after)})
    visitor = visitor_of(request)
    try:
        tenant = _tenant_called(alias) if alias else None
        click = record_click(code, tenant=tenant, ip=ip, visitor=visitor, at=timezone.now(), **_describe_touch(request))
    except UnknownCode:
        return _page(request, "unknown_code", status=404)
    response = _lead_on(request, click)
    remember_visitor(response, visitor)
    return response


def _describe_touch(request: HttpRequest) -> dict[str, Any]:
    return {
        "host": split_domain_port(request.get_host())[0],
        "user_agent": request.headers.get("User-Agent", ""),
        "prefetch": _only_looks_ahead(request),
        "referrer_url": request.headers.get("Referer", ""),
        "landing_path": path_of(request.GET.get("to", "")),
        **{name: request.GET.get(name, "") for name in ("utm_source", "utm_medium", "utm_campaign")},
    }


def _tenant_called(alias: str) -> Tenant:
    tenant = Tenant.objects.filter(alias=alias, is_active=True).first()
    if tenant is None:
        raise UnknownCode
    return tenant


def _only_looks_ahead(request: HttpRequest) -> bool:
    """A HEAD, or a browser that fetches what its user may never open: such a touch is kept but does not count."""
    hints = (request.META.get(name, "").lower() for name in LOOKING_AHEAD)
    return request.method == "HEAD" or any("prefetch" in hint or "preview" in hint for hint in hints)


def _lead_on(request: HttpRequest, click: Click) -> HttpResponse:
    target = choose_target(
        request.GET.get("to", ""), landing_url=click.landing_url, allowed_origins=click.allowed_origins
    )
    if not target:
        return _page(request, "invited", context={"code": click.code})
    response = HttpResponseRedirect(add_to_query(target, ref=click.code, click_id=click.public_id))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _page(
    request: HttpRequest,
    name: str,
    *,
    status: int = 200,
    context: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    response = render(request, f"portal/{name}.html", context, status=status)
    for header, value in (PAGE_HEADERS | (headers or {})).items():
        response[header] = value
    return response
