"""Who is told: the addresses of a tenant, and what each wants to hear."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from events.errors import UnsafeUrl
from events.gateway import check_url
from events.models import Delivery, Subscription, WebhookEndpoint
from events.services.lines import release_waiting
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
    topics: Iterable[str] = (Subscription.EVERYTHING,),
) -> WebhookEndpoint:
    """Tell an address of what happens from now on under these topics of its format, or under all.

    The same address again is the same endpoint with its secret, switched on once more; topics are added to those it
    has. Raises UnsafeUrl for an address that may not be called.
    """
    url = check_url(url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    fresh = {"name": name, "secret": secret, "created_at": at}
    locked = WebhookEndpoint.objects.select_for_update()
    endpoint, created = locked.get_or_create(tenant=tenant, format=dialect, url=url, defaults=fresh)
    for topic in topics:
        Subscription.objects.get_or_create(endpoint=endpoint, topic=topic, defaults={"created_at": at})
    if not created:
        if name:
            endpoint.name = name
            endpoint.save(update_fields=["name"])
        enable(endpoint)
    return endpoint


@transaction.atomic
def subscribe_to(tenant: Tenant, *, dialect: str, url: str, topic: str, at: datetime, secret: str = "") -> Subscription:
    """`subscribe` to one topic, which can be ended by itself. Raises UnsafeUrl."""
    endpoint = subscribe(tenant, dialect=dialect, url=url, topics=[topic], secret=secret, at=at)
    return endpoint.subscriptions.get(topic=topic)


@transaction.atomic
def unsubscribe(tenant: Tenant, *, dialect: str, url: str) -> bool:
    """Forget an address with its deliveries; tell whether it was there."""
    found = find_endpoint(tenant, dialect=dialect, url=url)
    endpoint = lock_endpoint(found.pk) if found else None
    if endpoint is None:
        return False
    endpoint.delete()
    return True


@transaction.atomic
def end_subscription(subscription: Subscription, *, at: datetime) -> None:
    """Tell an endpoint no more of one topic: what waits under it is dropped. The last one takes the endpoint along."""
    endpoint = lock_endpoint(subscription.endpoint_id)
    if endpoint is None:
        return
    endpoint.subscriptions.filter(pk=subscription.pk).delete()
    topics = endpoint.topics
    if not topics:
        endpoint.delete()
    elif Subscription.EVERYTHING not in topics:
        line = Delivery.objects.filter(endpoint=endpoint)
        unheard = line.pending().under_topic(subscription.topic)
        unheard.update(status=Delivery.Status.DROPPED, finished_at=at, body="", leased_until=None)
        release_waiting(line, at=at)


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


@transaction.atomic
def renew_secret(endpoint: WebhookEndpoint, *, secret: str) -> None:
    """Sign with another secret from the next call on, that of a message under way included."""
    endpoint.secret = secret
    endpoint.save(update_fields=["secret"])


def lock_endpoint(endpoint_id: int) -> WebhookEndpoint | None:
    """An endpoint as it is now, locked; None when it is gone. Its deliveries are locked after it, never before."""
    return WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()


def _usual_spelling(url: str) -> str:
    try:
        return check_url(url, allow_private=True)
    except UnsafeUrl:
        return url
