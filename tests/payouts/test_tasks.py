"""The clock that looks into the inbox."""

from datetime import timedelta

from django.utils import timezone

from config.celery import app
from payouts.models import StripeEvent
from payouts.tasks import handle_stripe_events
from tests.stripe_objects import deliver, event


def test_sweep_handles_what_is_due_and_leaves_what_is_not(acme):
    now = timezone.now()
    due, _ = deliver(acme, event("plan.created", {"object": "plan"}), at=now)
    later, _ = deliver(acme, event("plan.created", {"object": "plan"}), at=now + timedelta(hours=1))

    assert handle_stripe_events() == 1

    assert list(StripeEvent.objects.order_by("id").values_list("pk", "status")) == [
        (due.pk, "ignored"),
        (later.pk, "received"),
    ]


def test_beat_runs_the_sweep():
    tasks = [entry["task"] for entry in app.conf.beat_schedule.values()]

    assert handle_stripe_events.name in tasks
