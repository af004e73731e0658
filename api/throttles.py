"""How often somebody without a key may call."""

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from api.addresses import client_ip
from tenants.services.addresses import network_of
from tenants.services.limits import throttle


def limit_keyless(request: Request, name: str) -> None:
    """A key is held to its plan; a caller without one to their network's rate. Raises Throttled."""
    if request.auth is None:
        retry_after = throttle(f"{name}:{network_of(client_ip(request))}", limit=settings.CLICKS_PER_MINUTE)
        if retry_after:
            raise Throttled(wait=retry_after)
