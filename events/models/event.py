import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.utils import timezone

from tenants.models import Tenant


class CurrentTransaction(models.Func):
    """PostgreSQL's 64-bit number of the transaction at work: it never wraps around."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class EventQuerySet(models.QuerySet["Event"]):
    def for_tenant(self, tenant: Tenant) -> "EventQuerySet":
        return self.filter(tenant=tenant)


class Event(models.Model):
    """One fact, written in the same transaction as the change it tells of. Append-only.

    `kind` is `<subject>.<what happened>`, such as `referral.qualified`; `data` holds ids, states and amounts, never
    personal data, with what changed under `before` and `after`. `transaction` orders the feed: a lower id may be
    committed after a higher one, but every transaction below PostgreSQL's oldest running one has ended.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="events")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.UUIDField()
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    transaction = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "id"], name="event_feed"),
            models.Index(fields=["subject", "id"], name="event_subject"),
            models.Index(fields=["transaction", "id"], name="event_in_order"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Cursor(models.Model):
    """How far a reader has come. The one that numbers events: up to and with this event of this transaction. One that
    reads the feeds: up to and with this entry.
    """

    name = models.CharField(max_length=40, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.transaction}.{self.position}"
