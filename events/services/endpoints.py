"""Who is told: the addresses of a tenant."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from events.errors import UnsafeUrl
from events.gateway import check_url
from events.models import Delivery, WebhookEndpoint
from tenants.models import Tenant


@transaction.atomic
def subscribe(
    tenant: Tenant,
    *,
    dialect: str,
    url: str,
    at: datetime,
    name: str = "",
    secret: str = "",
    topics: Iterable[str] = (),
) -> WebhookEndpoint:
    """Tell an address of what happens from now on. The same address again is the same endpoint, switched on once more.

    Raises UnsafeUrl for an address that may not be called.
    """
    url = check_url(url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    terms = {"name": name, "secret": secret, "topics": list(topics)}
    endpoint, created = WebhookEndpoint.objects.get_or_create(
        tenant=tenant, format=dialect, url=url, defaults={**terms, "created_at": at}
    )
    if not created:
        if name:
            endpoint.name = name
            endpoint.save(update_fields=["name"])
        enable(endpoint)
    return endpoint


@transaction.atomic
def unsubscribe(tenant: Tenant, *, dialect: str, url: str) -> bool:
    """Forget an address with its deliveries; tell whether it was there."""
    endpoint = find_endpoint(tenant, dialect=dialect, url=url)
    if endpoint is None:
        return False
    endpoint.delete()
    return True


def find_endpoint(tenant: Tenant, *, dialect: str, url: str) -> WebhookEndpoint | None:
    """The tenant's endpoint at an address, however that is spelt."""
    spellings = {url, _usual_spelling(url)}
    return WebhookEndpoint.objects.for_tenant(tenant).filter(format=dialect, url__in=spellings).first()


@transaction.atomic
def send_test(endpoint: WebhookEndpoint, *, topic: str, at: datetime) -> Delivery:
    """Put a message without an event in line for an endpoint."""
    return Delivery.objects.create(
        tenant_id=endpoint.tenant_id, endpoint=endpoint, topic=topic, next_attempt_at=at, created_at=at
    )


@transaction.atomic
def enable(endpoint: WebhookEndpoint) -> None:
    """Switch an endpoint on, with a clean record. What failed meanwhile stays failed until it is sent anew."""
    endpoint.failures, endpoint.failing_since = 0, None
    endpoint.disabled_at, endpoint.disabled_reason = None, ""
    endpoint.save(update_fields=["failures", "failing_since", "disabled_at", "disabled_reason"])


@transaction.atomic
def disable(endpoint: WebhookEndpoint, *, at: datetime, reason: str) -> None:
    """Stop telling an endpoint. Its deliveries wait, and go on when it is switched on again."""
    endpoint.disabled_at, endpoint.disabled_reason = at, reason[:200]
    endpoint.save(update_fields=["disabled_at", "disabled_reason"])


def _usual_spelling(url: str) -> str:
    try:
        return check_url(url, allow_private=True)
    except UnsafeUrl:
        return url
