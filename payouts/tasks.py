"""Clocks: each task takes nothing, sweeps what is due and calls one service."""

from celery import shared_task
from django.utils import timezone

from payouts.handlers.dispatch import handle_due
from payouts.services.confirming import confirm_due
from payouts.services.earn_outs import run_earn_outs
from payouts.services.links import find_invoices
from payouts.services.reconciliation import reconcile_due
from payouts.services.release import release_waiting
from payouts.services.sending import send_due


@shared_task(name="payouts.tasks.handle_stripe_events")
def handle_stripe_events() -> int:
    return handle_due(at=timezone.now())


@shared_task(name="payouts.tasks.run_earn_outs")
def run_earn_outs_due() -> int:
    return run_earn_outs(at=timezone.now())


@shared_task(name="payouts.tasks.send_payouts")
def send_payouts() -> int:
    """Let go what waited for its time, send what is to be sent, and confirm what was."""
    release_waiting(at=timezone.now())
    sent = send_due(at=timezone.now())
    confirm_due(at=timezone.now())
    return sent


@shared_task(name="payouts.tasks.find_invoices")
def find_invoices_of_refunds() -> int:
    return find_invoices(at=timezone.now())


@shared_task(name="payouts.tasks.reconcile_stripe")
def reconcile_stripe() -> int:
    return reconcile_due(at=timezone.now())
