"""Who asks for a page: from which network, how often, and whether anybody will see it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.answers import page
from tenants.services.addresses import client_ip, network_of
from tenants.services.limits import throttle

LOOKING_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


def ip_of(request: HttpRequest) -> str:
    return client_ip(request.META, trusted_proxies=settings.TRUSTED_PROXIES)


def refuse_too_many(request: HttpRequest, name: str) -> HttpResponse | None:
    """A page that asks to slow down where one network has made too many calls of this name within a minute."""
    retry_after = throttle(f"{name}:{network_of(ip_of(request))}", limit=settings.CLICKS_PER_MINUTE)
    if not retry_after:
        return None
    return page(request, "slow_down", status=429, headers={"Retry-After": str(retry_after)})


def only_looks_ahead(request: HttpRequest) -> bool:
    """A HEAD, or a browser that fetches what its user may never open: such a touch is kept but does not count."""
    hints = (request.META.get(name, "").lower() for name in LOOKING_AHEAD)
    return request.method == "HEAD" or any("prefetch" in hint or "preview" in hint for hint in hints)
