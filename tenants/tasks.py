"""Clocks: each task takes nothing, sweeps what is due and calls one service."""

from celery import shared_task
from django.utils import timezone

from tenants.services import answers, usage


@shared_task(name="tenants.tasks.flush_usage")
def flush_usage() -> int:
    return usage.flush_usage(at=timezone.now())


@shared_task(name="tenants.tasks.forget_answers")
def forget_answers() -> int:
    return answers.forget_answers(at=timezone.now())
