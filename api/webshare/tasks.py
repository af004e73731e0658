"""Clocks: each task takes nothing, sweeps what is due and calls one function."""

from celery import shared_task

from api.webshare.counts import fold_credits as fold_deltas


@shared_task(name="api.webshare.tasks.fold_credits")
def fold_credits() -> int:
    return fold_deltas()
