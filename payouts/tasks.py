"""Clocks: each task takes nothing, sweeps what is due and calls one service."""

from celery import shared_task
from django.utils import timezone

from payouts.handlers.dispatch import handle_due


@shared_task(name="payouts.tasks.handle_stripe_events")
def handle_stripe_events() -> int:
    return handle_due(at=timezone.now())
