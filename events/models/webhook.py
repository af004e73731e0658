import uuid
from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from events.models.event import Event
from tenants.models import Tenant
from tenants.models.tenant import SecretField


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def for_tenant(self, tenant: Tenant) -> "WebhookEndpointQuerySet":
        return self.filter(tenant=tenant)

    def listening(self) -> "WebhookEndpointQuerySet":
        return self.filter(disabled_at__isnull=True, tenant__is_active=True)


class WebhookEndpoint(models.Model):
    """An address of a tenant that is told of events, in the format of one API; of which ones, its subscriptions say.

    `format` names a Format of events.services.formats.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="webhook_endpoints")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    format = models.CharField(max_length=40)
    url = models.CharField(max_length=2048)
    name = models.CharField(max_length=200, blank=True, default="")
    secret = SecretField(blank=True, default="", help_text="Signs deliveries, where the format has one an endpoint.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row, over all deliveries.")
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "format", "url"], name="endpoint_once_a_format")]

    def __str__(self) -> str:
        return self.url

    @property
    def topics(self) -> list[str]:
        """What it wants to hear, in the order in which it was asked for."""
        return [subscription.topic for subscription in sorted(self.subscriptions.all(), key=lambda each: each.pk)]


class Subscription(models.Model):
    """One word of its format that an endpoint wants to hear, from the moment it asked; EVERYTHING stands for all."""

    EVERYTHING = "*"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="subscriptions")
    topic = models.CharField(max_length=60)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "topic"], name="subscription_once")]

    def __str__(self) -> str:
        return f"{self.topic} of {self.endpoint}"

    def covers(self, topic: str, *, at: datetime) -> bool:
        """Whether it asks for what happened at an instant under a topic."""
        return self.topic in (self.EVERYTHING, topic) and self.created_at <= at


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_tenant(self, tenant: Tenant) -> "DeliveryQuerySet":
        return self.filter(tenant=tenant)

    def due(self, at: datetime) -> "DeliveryQuerySet":
        free = models.Q(leased_until__isnull=True) | models.Q(leased_until__lte=at)
        return self.pending().first_in_line().filter(free, next_attempt_at__lte=at)

    def pending(self) -> "DeliveryQuerySet":
        return self.filter(status=Delivery.Status.PENDING)

    def first_in_line(self) -> "DeliveryQuerySet":
        """Those that wait for no earlier message about the same subject to the same endpoint."""
        same = Delivery.objects.pending().filter(endpoint=OuterRef("endpoint"), subject=OuterRef("subject"))
        return self.filter(~Exists(same.filter(pk__lt=OuterRef("pk"))))

    def in_format(self, dialect: str) -> "DeliveryQuerySet":
        return self.filter(endpoint__format=dialect)

    def under_topic(self, topic: str) -> "DeliveryQuerySet":
        return self.filter(topic=topic)


class Delivery(models.Model):
    """One message to one endpoint: an event under one of the format's words, or a test without an event.

    `uid` names the message on the wire, the same at every attempt. `body` is kept from the first attempt to the last,
    so that every attempt says the same, and no longer, since it may hold personal data. `subject` is its event's: of
    the messages to one endpoint about one subject only the oldest is sent, until it has arrived or is given up.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"  # given up; it can be sent anew
        DROPPED = "dropped"  # there was nothing left to tell

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries")
    subject = models.UUIDField(null=True, blank=True, editable=False)
    topic = models.CharField(max_length=60)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    body = models.TextField(blank=True, default="")
    attempts = models.PositiveIntegerField(default=0, help_text="Since it was last put in line.")
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True, help_text="A worker has it in hand until then.")
    fence = models.PositiveIntegerField(default=0, help_text="Counts claims: only the latest one may record a result.")
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint", "topic"], name="delivery_once"),
            models.CheckConstraint(
                condition=models.Q(status="pending", finished_at__isnull=True)
                | ~models.Q(status="pending") & models.Q(finished_at__isnull=False, body=""),
                name="delivery_finished_iff_not_pending",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"],
                condition=models.Q(status="pending"),
                name="delivery_due",
            ),
            models.Index(
                fields=["endpoint", "subject", "id"],
                condition=models.Q(status="pending"),
                name="delivery_in_order",
            ),
            models.Index(
                fields=["endpoint", "leased_until"],
                condition=models.Q(status="pending", leased_until__isnull=False),
                name="delivery_in_hand",
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_newest"),
            models.Index(fields=["tenant", "topic", "-id"], name="delivery_history"),
            models.Index(fields=["finished_at"], name="delivery_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} to {self.endpoint}"


class Attempt(models.Model):
    """One call of an endpoint: what it answered, or why it did not."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")
    reply = models.CharField(max_length=2048, blank=True, default="", help_text="The first 2 KiB at most.")

    class Meta:
        indexes = [models.Index(fields=["delivery", "id"], name="attempt_of_delivery")]
        triggers = [pgtrigger.Protect(name="written_once", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.number}: {self.status_code or self.error}"
