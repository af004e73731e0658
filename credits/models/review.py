import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from referrals.models import Action, Referral
from tenants.models import Tenant


class ReviewQuerySet(models.QuerySet["Review"]):
    def for_tenant(self, tenant: Tenant) -> "ReviewQuerySet":
        return self.filter(tenant=tenant)

    def open(self) -> "ReviewQuerySet":
        return self.filter(status=Review.Status.OPEN)

    def claimable(self, at: datetime) -> "ReviewQuerySet":
        return self.open().filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=at))


class Review(models.Model):
    """The case a person decides: why the referral was held, the evidence as it was then, who claimed it, the outcome.

    A referral has at most one open review. While it is open nothing of that referral is granted or matures.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        REJECTED = "rejected"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="reviews")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="reviews")
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    reasons: "models.JSONField[list[str], list[str]]" = models.JSONField(
        default=list, help_text="Codes of the risk rules, or `manual_moderation`."
    )
    score = models.PositiveIntegerField(default=0)
    evidence: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    amount_at_risk = models.BigIntegerField(default=0, help_text="What approving would grant, in minor units.")
    currency = models.CharField(max_length=7, default="USD")
    opened_at = models.DateTimeField()
    deadline = models.DateTimeField(help_text="When the reward would mature had it not been held.")
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="claimed_reviews"
    )
    claimed_by_key = models.CharField(
        max_length=200, blank=True, default="", help_text="Who claimed it through an API: `key:<public id>`."
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True, default="")
    decision_reason = models.CharField(max_length=500, blank=True, default="")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["referral"], condition=Q(status="open"), name="one_open_review_a_referral"),
            models.CheckConstraint(
                condition=Q(status="open", decided_at__isnull=True)
                | Q(status__in=["approved", "rejected"], decided_at__isnull=False),
                name="review_decided_at_iff_decided",
            ),
        ]
        indexes = [
            # The order of the queue: money at risk, then deadline. Partial, so that it stays as small as the queue.
            models.Index(fields=["-amount_at_risk", "deadline", "id"], condition=Q(status="open"), name="review_queue"),
            models.Index(
                fields=["tenant", "-amount_at_risk", "deadline", "id"],
                condition=Q(status="open"),
                name="review_queue_of_tenant",
            ),
            models.Index(fields=["deadline", "id"], condition=Q(status="open"), name="review_by_deadline"),
            models.Index(fields=["opened_at", "id"], condition=Q(status="open"), name="review_by_age"),
        ]

    def __str__(self) -> str:
        return f"review of {self.referral}"


class BooksCheck(models.Model):
    """One run of `check_books`: whether the books agreed, and the rows that differed."""

    ran_at = models.DateTimeField()
    ok = models.BooleanField()
    rewards = models.PositiveBigIntegerField()
    entries = models.PositiveBigIntegerField()
    differences: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)
    seconds = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["-ran_at"], name="books_check_latest")]

    def __str__(self) -> str:
        return f"{self.ran_at:%Y-%m-%d %H:%M}: {'agree' if self.ok else 'differ'}"
