"""What every request passes on its way in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

from api.storable import UnstorableText, holds_nul
from config.history import history_context
from tenants.services.addresses import client_ip, network_of
from tenants.services.limits import throttle

APIS = ("/api/", "/v1/")
LOGIN = "/admin/login/"
LOGINS_PER_MINUTE = 10
Handler = Callable[[HttpRequest], HttpResponse]


def refuse_unstorable_text(get_response: Handler) -> Handler:
    """Refuse NUL in a path or query. Dialects refuse it themselves, each in its own words (see api.metering)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if holds_nul(request) and not request.path.startswith(APIS):
            return HttpResponseBadRequest(UnstorableText.default_detail, content_type="text/plain")
        return get_response(request)

    return middleware


def limit_logins(get_response: Handler) -> Handler:
    """Let one address try ten passwords a minute at the console: more is no person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.path != LOGIN:
            return get_response(request)
        address = network_of(client_ip(request.META, trusted_proxies=settings.TRUSTED_PROXIES))
        wait = throttle(f"login:{address}", limit=LOGINS_PER_MINUTE)
        if not wait:
            return get_response(request)
        text = f"Too many attempts to sign in. Try again in {wait} seconds."
        return HttpResponse(text, status=429, content_type="text/plain", headers={"Retry-After": str(wait)})

    return middleware


def record_history_context(get_response: Handler) -> Handler:
    """Note who is at work beside every row of history that a console request writes."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"} or not request.path.startswith("/admin/"):
            return get_response(request)
        with history_context(user=request.user.pk, url=request.path):
            return get_response(request)

    return middleware
