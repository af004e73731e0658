import uuid
from datetime import timedelta

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from tenants.models import Tenant


class Touch(models.TextChoices):
    FIRST = "first"
    LAST = "last"


class Moderation(models.TextChoices):
    """Where one side of a referral stands. A side is granted only while it is approved."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    DENIED = "DENIED"


class RiskLevel(models.TextChoices):
    RELAXED = "relaxed"
    MODERATE = "moderate"
    STRICT = "strict"
    CUSTOM = "custom"


REVIEW_SCORES = {RiskLevel.RELAXED: 85, RiskLevel.MODERATE: 50, RiskLevel.STRICT: 30}


class ProgramQuerySet(models.QuerySet["Program"]):
    def for_tenant(self, tenant: Tenant) -> "ProgramQuerySet":
        return self.filter(tenant=tenant)


@pghistory.track(model_name="ProgramHistory", obj_field=pghistory.ObjForeignKey(related_name="history"))
class Program(models.Model):
    """One referral program of a tenant: its terms, attribution window, hold, caps and risk policy.

    Changing it never moves what was already granted: terms in effect are frozen on touches and rewards.
    """

    class Kind(models.TextChoices):
        WEB = "Web"
        FORM = "Form"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="programs")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.WEB)
    is_active = models.BooleanField(default=True)
    member_offer = models.TextField(blank=True, default="")
    referral_offer = models.TextField(blank=True, default="")
    landing_url = models.URLField(max_length=2048, blank=True, default="", help_text="Where a shared link leads.")
    allowed_origins = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="Other origins a link may ask to be led to, such as https://shop.example.com.",
    )
    currency = models.CharField(max_length=7, default="USD", help_text="Default currency of fixed rewards.")

    attribution_window_days = models.PositiveIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(3650)]
    )
    touch_policy = models.CharField(max_length=5, choices=Touch.choices, default=Touch.LAST)
    hold_days = models.PositiveIntegerField(
        default=30, validators=[MaxValueValidator(3650)], help_text="Days a reward stays pending after it is granted."
    )
    refund_window_days = models.PositiveIntegerField(
        default=30, help_text="How long a customer may ask for a refund; a shorter hold is warned about."
    )
    monthly_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="Rewarded referrals per referrer and calendar month (UTC). Empty: no cap."
    )
    lifetime_cap = models.PositiveIntegerField(null=True, blank=True, help_text="Rewarded referrals per referrer.")

    referrer_moderation = models.CharField(
        max_length=8, choices=Moderation.choices[:2], default=Moderation.APPROVED, help_text="Where that side starts."
    )
    referred_moderation = models.CharField(
        max_length=8, choices=Moderation.choices[:2], default=Moderation.APPROVED, help_text="Where that side starts."
    )
    risk_level = models.CharField(max_length=8, choices=RiskLevel.choices, default=RiskLevel.MODERATE)
    review_score = models.PositiveIntegerField(
        null=True, blank=True, help_text="With the custom level: the score from which a person reviews."
    )
    disabled_rules = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Codes of risk rules not to run."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="program_name_once_a_tenant"),
            models.CheckConstraint(
                condition=~models.Q(risk_level=RiskLevel.CUSTOM) | models.Q(review_score__isnull=False),
                name="custom_risk_level_has_a_score",
            ),
            models.CheckConstraint(
                condition=models.Q(attribution_window_days__range=(1, 3650)), name="attribution_window_in_range"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def attribution_window(self) -> timedelta:
        return timedelta(days=self.attribution_window_days)

    @property
    def score_for_review(self) -> int:
        if self.risk_level == RiskLevel.CUSTOM:
            return self.review_score or 0
        return REVIEW_SCORES[RiskLevel(self.risk_level)]

    @property
    def hold_is_shorter_than_refunds(self) -> bool:
        return self.hold_days < self.refund_window_days
