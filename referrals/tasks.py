"""Clocks: each task takes nothing, sweeps what is due and calls one service."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from referrals.services.attributions import ensure_partitions
from referrals.services.block_counts import fold_blocks as fold_block_deltas
from referrals.services.outreach.joins import forget_invites as forget_due
from referrals.services.outreach.sending import send_due_mail as send_due
from referrals.services.referrals import expire_referrals as expire_due
from referrals.services.touch_counts import fold_touches as fold_deltas


@shared_task(name="referrals.tasks.expire_referrals")
def expire_referrals() -> int:
    return expire_due(at=timezone.now())


@shared_task(name="referrals.tasks.make_partitions")
def make_partitions() -> int:
    """Keep the partitions of touches a quarter ahead."""
    today = timezone.now().date()
    return ensure_partitions(first=today, last=today + timedelta(days=92))


@shared_task(name="referrals.tasks.fold_touches")
def fold_touches() -> int:
    return fold_deltas()


@shared_task(name="referrals.tasks.fold_blocks")
def fold_blocks() -> int:
    return fold_block_deltas()


@shared_task(name="referrals.tasks.send_due_mail")
def send_due_mail() -> int:
    return send_due(at=timezone.now())


@shared_task(name="referrals.tasks.forget_invites")
def forget_invites() -> int:
    return forget_due(at=timezone.now())
