"""Clocks: each task takes nothing, sweeps what is due and calls one service."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from events.services import delivering, fanning, outcomes

KEPT = timedelta(days=30)


@shared_task(name="events.tasks.fan_out_events")
def fan_out_events() -> int:
    return fanning.fan_out()


@shared_task(name="events.tasks.deliver_webhooks")
def deliver_webhooks() -> int:
    return delivering.deliver_due(at=timezone.now())


@shared_task(name="events.tasks.forget_deliveries")
def forget_deliveries() -> int:
    return outcomes.forget_finished(before=timezone.now() - KEPT)
