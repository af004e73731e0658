from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from tenants.models import Tenant


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self, at: datetime) -> "StripeEventQuerySet":
        waiting = [StripeEvent.Status.RECEIVED, StripeEvent.Status.PARKED, StripeEvent.Status.FAILED]
        return self.filter(status__in=waiting, next_attempt_at__lte=at)


class StripeEvent(models.Model):
    """The inbox: one row per event of a tenant, stored before anything is done about it.

    Handling runs later, in one transaction that also marks the row, so a crash can neither lose nor repeat its effects.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"
        HANDLED = "handled"
        IGNORED = "ignored"  # a type we have no use for, kept all the same
        PARKED = "parked"  # what it is about is not here yet; retried
        FAILED = "failed"  # an error of ours; retried
        DEAD = "dead"  # retried too often: a person must look

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="stripe_events")
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True, default="")
    waits_for = models.CharField(
        max_length=255, blank=True, default="", help_text="Stripe's id of what a parked event is about."
    )
    livemode = models.BooleanField()
    payload: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RECEIVED)
    outcome = models.CharField(max_length=300, blank=True, default="", help_text="What handling it came to.")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(help_text="Stripe's own time.")
    received_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "event_id"], name="stripe_event_once")]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=["received", "parked", "failed"]),
                name="stripe_event_due",
            ),
            models.Index(fields=["tenant", "-id"], name="stripe_event_newest"),
            models.Index(fields=["id"], condition=Q(status="dead"), name="stripe_event_dead"),
            models.Index(fields=["object_id"], name="stripe_event_object"),
            models.Index(fields=["tenant", "waits_for"], condition=Q(status="parked"), name="stripe_event_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
