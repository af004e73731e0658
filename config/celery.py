"""The Celery application and its clock. Each entry names a task that takes nothing and sweeps what is due."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HOUR = 3600.0

app = Celery("vouch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


def run(task: str, schedule: float | crontab) -> dict[str, Any]:
    """An entry whose messages expire when the next is due: a worker that stood still finds no pile of them.

    Ten seconds are the least, for clocks of two machines may differ.
    """
    period = HOUR if isinstance(schedule, crontab) else schedule
    return {"task": task, "schedule": schedule, "options": {"expires": max(period, 10.0)}}


app.conf.beat_schedule = {
    "handle-stripe-events": run("payouts.tasks.handle_stripe_events", settings.SWEEP_SECONDS),
    "mature-pending-credits": run("credits.tasks.mature_pending_credits", settings.SWEEP_SECONDS),
    "run-earn-outs": run("payouts.tasks.run_earn_outs", 12 * settings.SWEEP_SECONDS),
    "send-payouts": run("payouts.tasks.send_payouts", settings.SWEEP_SECONDS),
    "find-invoices": run("payouts.tasks.find_invoices", 12 * settings.SWEEP_SECONDS),
    "reconcile-stripe": run("payouts.tasks.reconcile_stripe", crontab(hour="2-6", minute="*/10")),
    "expire-referrals": run("referrals.tasks.expire_referrals", 60.0),
    "send-due-mail": run("referrals.tasks.send_due_mail", settings.SWEEP_SECONDS),
    "forget-invites": run("referrals.tasks.forget_invites", 60.0),
    "fold-touches": run("referrals.tasks.fold_touches", settings.SWEEP_SECONDS),
    "fold-blocks": run("referrals.tasks.fold_blocks", settings.SWEEP_SECONDS),
    "fold-credits": run("api.webshare.tasks.fold_credits", settings.SWEEP_SECONDS),
    "fan-out-events": run("events.tasks.fan_out_events", settings.SWEEP_SECONDS),
    "deliver-webhooks": run("events.tasks.deliver_webhooks", settings.SWEEP_SECONDS),
    "forget-answers": run("tenants.tasks.forget_answers", 600.0),
    "flush-usage": run("tenants.tasks.flush_usage", 10.0),
    "beat-heartbeat": run("config.tasks.beat_heartbeat", 5.0),
    "make-partitions": run("referrals.tasks.make_partitions", crontab(hour="2", minute="0")),
    "forget-deliveries": run("events.tasks.forget_deliveries", crontab(hour="2", minute="40")),
    "check-books": run("credits.tasks.check_books", crontab(hour="3", minute="10")),
}
