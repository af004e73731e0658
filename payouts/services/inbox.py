"""The Stripe inbox: verify, store once, answer. Handling comes later."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from payouts.errors import EndpointOff, WrongMode
from payouts.gateway import verify_event
from payouts.models import StripeEvent
from tenants.models import Tenant


@transaction.atomic
def receive(alias: str, *, body: bytes, signature: str, at: datetime) -> tuple[StripeEvent, bool]:
    """Store an event of a tenant, once; tell whether it is new. Nothing else is done about it here.

    Raises EndpointOff for an unknown tenant and for one without a secret, BadSignature, BadEvent, and WrongMode for a
    test event of a live tenant or the other way round.
    """
    tenant = Tenant.objects.filter(alias=alias, is_active=True).first()
    if tenant is None or not tenant.stripe_webhook_secret.strip():
        raise EndpointOff
    event = verify_event(body, signature, tenant.stripe_webhook_secret, at=at)
    if tenant.stripe_livemode is not None and bool(event.get("livemode")) != tenant.stripe_livemode:
        raise WrongMode
    return store_event(tenant, event, at=at)


def store_event(tenant: Tenant, event: dict[str, Any], *, at: datetime) -> tuple[StripeEvent, bool]:
    """Store a verified event unless it is here already."""
    thing = event["data"]["object"]
    return StripeEvent.objects.get_or_create(
        tenant=tenant,
        event_id=event["id"][:255],
        defaults={
            "type": event["type"][:100],
            "object_id": str(thing.get("id") or "")[:255],
            "livemode": bool(event.get("livemode")),
            "payload": event,
            "created_at": datetime.fromtimestamp(event["created"], tz=UTC),
            "received_at": at,
            "next_attempt_at": at,
        },
    )


@transaction.atomic
def replay(event: StripeEvent, *, at: datetime) -> StripeEvent:
    """Put an event back in line, whatever became of it. Its effects have keys of their own, so none happens twice."""
    event = StripeEvent.objects.select_for_update().get(pk=event.pk)
    event.status, event.attempts, event.next_attempt_at = StripeEvent.Status.RECEIVED, 0, at
    event.save(update_fields=["status", "attempts", "next_attempt_at"])
    return event


def hurry(tenant: Tenant, waits_for: str, *, at: datetime) -> int:
    """Try parked events that wait for this object again now, since something new is known of it. One that a worker has
    in hand is left to it: two workers that wait for each other's events would be a deadlock.
    """
    if not waits_for:
        return 0
    parked = StripeEvent.objects.filter(tenant=tenant, status=StripeEvent.Status.PARKED, waits_for=waits_for)
    free = list(parked.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return StripeEvent.objects.filter(pk__in=free).update(next_attempt_at=at)
