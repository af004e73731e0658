"""Whether everything runs, in a few lines of the dashboard."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.db.models import Count, Min
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from credits.admin.wording import span
from credits.models import BooksCheck
from payouts.models import StripeCheck, StripeEvent
from tenants.services.redis import client, key

Status = StripeEvent.Status
WAITING = [Status.RECEIVED, Status.PARKED, Status.FAILED]
PATIENCE = timedelta(minutes=5)  # an event that waits longer is worth a look
NIGHTLY = timedelta(hours=26)  # and some


@dataclass(frozen=True)
class Check:
    """`state` is good, warn or bad; `page` is the list of the console that shows more."""

    name: str
    state: str
    text: str
    page: str = ""

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page}_changelist") if self.page else ""


def check_health(now: datetime) -> list[Check]:
    return [_check_waiting(now), _check_dead(), _check_beat(now), _check_books(now), _check_stripe(now)]


def _check_waiting(now: datetime) -> Check:
    found = StripeEvent.objects.filter(status__in=WAITING).aggregate(count=Count("pk"), oldest=Min("received_at"))
    if not found["count"]:
        return Check("Stripe events", "good", "all handled", "payouts_stripeevent")
    waited = now - found["oldest"]
    text = f"{found['count']:,} waiting, the oldest for {span(waited)}"
    return Check("Stripe events", "warn" if waited > PATIENCE else "good", text, "payouts_stripeevent")


def _check_dead() -> Check:
    dead = StripeEvent.objects.filter(status=Status.DEAD).count()
    text = f"{dead:,} given up: replay them" if dead else "none"
    return Check("Dead events", "bad" if dead else "good", text, "payouts_stripeevent")


def _check_beat(now: datetime) -> Check:
    """Beat and a worker leave a mark every few seconds, which soon fades."""
    try:
        mark = client().get(key("heartbeat"))
    except redis.RedisError:
        return Check("Beat and worker", "bad", "Redis does not answer")
    seen = parse_datetime(str(mark)) if mark else None
    if seen is None:
        return Check("Beat and worker", "bad", "no sign of life")
    return Check("Beat and worker", "good", f"alive, seen {max(0, int((now - seen).total_seconds()))} s ago")


def _check_books(now: datetime) -> Check:
    last = BooksCheck.objects.order_by("-ran_at").first()
    if last is None:
        return Check("Books", "warn", "never checked", "credits_bookscheck")
    ago = f"{span(now - last.ran_at)} ago"
    if not last.ok:
        return Check("Books", "bad", f"{len(last.differences)} differences, {ago}", "credits_bookscheck")
    return Check("Books", "good" if now - last.ran_at < NIGHTLY else "warn", f"agree, {ago}", "credits_bookscheck")


def _check_stripe(now: datetime) -> Check:
    """The last comparison of each tenant: whether any differs, and how long ago the oldest was."""
    page, checks = "payouts_stripecheck", StripeCheck.objects.filter(tenant__is_active=True)
    latest = list(checks.order_by("tenant", "-ran_at").distinct("tenant").defer("differences"))
    if not latest:
        return Check("Stripe compared", "good", "no tenant has a key for payouts", page)
    ago = f"{span(now - min(check.ran_at for check in latest))} ago"
    differing = sum(not check.ok for check in latest)
    if differing:
        return Check("Stripe compared", "bad", f"differs for {differing} of {len(latest)} tenants, {ago}", page)
    is_late = any(now - check.ran_at > NIGHTLY for check in latest)
    return Check("Stripe compared", "warn" if is_late else "good", f"agrees, {ago}", page)
