import subprocess
import sys

from celery.schedules import crontab
from django.conf import settings

from config.celery import app, run


def test_every_entry_of_the_clock_names_a_task_there_is():
    app.loader.import_default_modules()

    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled - set(app.tasks) == set()
    assert scheduled == {
        "api.webshare.tasks.fold_credits",
        "config.tasks.beat_heartbeat",
        "credits.tasks.check_books",
        "credits.tasks.mature_pending_credits",
        "events.tasks.deliver_webhooks",
        "events.tasks.fan_out_events",
        "events.tasks.forget_deliveries",
        "payouts.tasks.find_invoices",
        "payouts.tasks.handle_stripe_events",
        "payouts.tasks.reconcile_stripe",
        "payouts.tasks.run_earn_outs",
        "payouts.tasks.send_payouts",
        "referrals.tasks.expire_referrals",
        "referrals.tasks.fold_blocks",
        "referrals.tasks.fold_touches",
        "referrals.tasks.forget_invites",
        "referrals.tasks.make_partitions",
        "referrals.tasks.send_due_mail",
        "tenants.tasks.flush_usage",
        "tenants.tasks.forget_answers",
    }


def test_messages_of_the_clock_expire_about_when_the_next_is_due():
    assert run("a", 60.0) == {"task": "a", "schedule": 60.0, "options": {"expires": 60.0}}
    assert run("b", 0.5)["options"] == {"expires": 10.0}
    assert run("c", crontab(hour="3"))["options"] == {"expires": 3600.0}


def test_tasks_of_any_django_process_go_to_our_broker():
    from tenants.tasks import flush_usage

    assert flush_usage.app is app
    assert app.conf.broker_url == settings.REDIS_URL


def test_the_servers_can_be_started_before_there_are_settings():
    """config.embedded sets what the settings read, so importing it may not read them."""
    check = "import config.embedded, sys; sys.exit('django.conf' in sys.modules or 'celery' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
