"""The sign of life of beat and the workers: without both, nothing matures and no event is handled."""

from celery import shared_task
from django.utils import timezone

from tenants.services.redis import client, key

ALIVE_SECONDS = 60


@shared_task(name="config.tasks.beat_heartbeat")
def beat_heartbeat() -> None:
    """Leave the time where /readyz looks for it. Redis drops it when no other follows, by its own clock."""
    client().set(heartbeat_key(), timezone.now().isoformat(), ex=ALIVE_SECONDS)


def heartbeat_key() -> str:
    return key("heartbeat")
