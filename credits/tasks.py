"""Clocks: each task takes nothing, sweeps what is due and calls one service."""

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from credits.services import books
from credits.services.maturation import mature_pending

log = structlog.get_logger(__name__)


@shared_task(name="credits.tasks.mature_pending_credits")
def mature_pending_credits() -> int:
    return mature_pending(at=timezone.now(), batch=settings.MATURE_BATCH)


@shared_task(name="credits.tasks.check_books")
def check_books() -> bool:
    """Recompute the books; differences are recorded, logged as errors and shown on the dashboard, never repaired."""
    check = books.check_books(at=timezone.now())
    if not check.ok:
        log.error("books_differ", differences=check.differences)
    return check.ok
