"""Endpoints as a tenant manages them by itself, each change told as an event."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from events.errors import AddressTaken
from events.gateway import check_url
from events.models import Delivery, Subscription, WebhookEndpoint
from events.services.endpoints import (
    disable,
    enable,
    end_subscription,
    find_endpoint,
    lock_endpoint,
    renew_secret,
    send_test,
    subscribe,
)
from events.services.events import record_event
from events.services.outcomes import redeliver
from tenants.models import Tenant


@transaction.atomic
def open_endpoint(
    tenant: Tenant,
    *,
    dialect: str,
    url: str,
    secret: str,
    topics: Iterable[str],
    at: datetime,
    actor: str,
    name: str = "",
) -> WebhookEndpoint:
    """A new endpoint. Raises AddressTaken where the format has one at that address, and UnsafeUrl."""
    if find_endpoint(tenant, dialect=dialect, url=url):
        raise AddressTaken
    endpoint = subscribe(tenant, dialect=dialect, url=url, name=name, secret=secret, topics=topics, at=at)
    told = {"after": {"url": endpoint.url, "topics": endpoint.topics}, "actor": actor}
    record_event(tenant, "webhook.added", subject=endpoint.uid, at=at, **told)
    return endpoint


@transaction.atomic
def change_endpoint(
    endpoint: WebhookEndpoint,
    *,
    at: datetime,
    actor: str,
    url: str | None = None,
    name: str | None = None,
    topics: list[str] | None = None,
    is_enabled: bool | None = None,
) -> WebhookEndpoint:
    """Change an endpoint's address, name, topics, or whether it is told at all. Raises AddressTaken and UnsafeUrl."""
    endpoint = _lock(endpoint)
    before = _show(endpoint)
    _write(endpoint, url=_free(endpoint, url), name=name)
    if topics is not None:
        _set_topics(endpoint, topics, at=at)
    if is_enabled is not None:
        _switch(endpoint, is_enabled, at=at, actor=actor)
    endpoint = _lock(endpoint)
    after = _show(endpoint)
    changed = [field for field in after if after[field] != before[field]]
    if changed:
        states = {
            "before": {field: before[field] for field in changed},
            "after": {field: after[field] for field in changed},
        }
        record_event(endpoint.tenant, "webhook.updated", subject=endpoint.uid, at=at, actor=actor, **states)
    return endpoint


@transaction.atomic
def close_endpoint(endpoint: WebhookEndpoint, *, at: datetime, actor: str) -> None:
    """Forget an endpoint with its deliveries."""
    endpoint = _lock(endpoint)
    told = {"before": {"url": endpoint.url, "topics": endpoint.topics}, "actor": actor}
    record_event(endpoint.tenant, "webhook.removed", subject=endpoint.uid, at=at, **told)
    endpoint.delete()


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, secret: str, at: datetime, actor: str) -> WebhookEndpoint:
    """Sign with another secret from the next call on, that of a message under way included."""
    endpoint = _lock(endpoint)
    renew_secret(endpoint, secret=secret)
    record_event(endpoint.tenant, "webhook.secret_rotated", subject=endpoint.uid, at=at, actor=actor)
    return endpoint


@transaction.atomic
def try_endpoint(endpoint: WebhookEndpoint, *, topic: str, at: datetime, actor: str) -> Delivery:
    """Put a message that tells of nothing in line for an endpoint."""
    delivery = send_test(endpoint, topic=topic, at=at)
    record_event(endpoint.tenant, "webhook.tested", subject=endpoint.uid, at=at, actor=actor)
    return delivery


@transaction.atomic
def send_anew(delivery: Delivery, *, at: datetime, actor: str) -> Delivery:
    """Put a delivery in line again, whatever became of it, under the same id."""
    before = delivery.status
    delivery = redeliver(delivery, at=at)
    states = {"before": {"status": before}, "after": {"status": delivery.status}}
    record_event(delivery.tenant, "delivery.redelivered", subject=delivery.uid, at=at, actor=actor, **states)
    return delivery


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    locked = lock_endpoint(endpoint.pk)
    if locked is None:
        raise WebhookEndpoint.DoesNotExist
    return locked


def _free(endpoint: WebhookEndpoint, url: str | None) -> str | None:
    """An address that may be called and that no other endpoint of the format has."""
    if url is None:
        return None
    url = check_url(url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    taken = find_endpoint(endpoint.tenant, dialect=endpoint.format, url=url)
    if taken and taken.pk != endpoint.pk:
        raise AddressTaken
    return url


def _write(endpoint: WebhookEndpoint, **fields: str | None) -> None:
    given = {name: value for name, value in fields.items() if value is not None}
    for name, value in given.items():
        setattr(endpoint, name, value)
    if given:
        endpoint.save(update_fields=list(given))


def _set_topics(endpoint: WebhookEndpoint, topics: list[str], *, at: datetime) -> None:
    """First what is new, so that the last one to go does not take the endpoint along."""
    for topic in topics:
        Subscription.objects.get_or_create(endpoint=endpoint, topic=topic, defaults={"created_at": at})
    for subscription in endpoint.subscriptions.exclude(topic__in=topics):
        end_subscription(subscription, at=at)


def _switch(endpoint: WebhookEndpoint, is_enabled: bool, *, at: datetime, actor: str) -> None:  # noqa: FBT001 (one of two)
    if is_enabled == (endpoint.disabled_at is None):
        return
    if is_enabled:
        enable(endpoint)
    else:
        disable(endpoint, at=at, reason=f"Switched off by {actor}.")


def _show(endpoint: WebhookEndpoint) -> dict[str, Any]:
    is_enabled = endpoint.disabled_at is None
    return {"url": endpoint.url, "name": endpoint.name, "topics": endpoint.topics, "is_enabled": is_enabled}
