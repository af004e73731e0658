import uuid
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from referrals.models.member import Code, Member
from referrals.models.person import Person
from referrals.models.program import Moderation, Program
from tenants.models import Tenant


class Side(models.TextChoices):
    REFERRER = "referrer"
    REFERRED = "referred"


REFERRAL_STATES = [
    "attributed", "qualified", "review_required", "rewarded", "expired", "capped", "failed", "rejected",
]  # fmt: skip


KEPT = Q(removed_at__isnull=True)


class ReferralQuerySet(models.QuerySet["Referral"]):
    def for_tenant(self, tenant: Tenant) -> "ReferralQuerySet":
        return self.filter(tenant=tenant, removed_at__isnull=True)

    def live(self) -> "ReferralQuerySet":
        return self.filter(LIVE)

    def expirable(self) -> "ReferralQuerySet":
        return self.filter(status=Referral.Status.ATTRIBUTED)


class Referral(models.Model):
    """A member brought a person into a program: from attributed to rewarded.

    `status` is a cache of what happened, changed by the services alone. The two moderation columns say whether each
    side may be granted; one side can be denied while the other is paid.
    """

    class Status(models.TextChoices):
        ATTRIBUTED = "attributed"
        QUALIFIED = "qualified"
        REVIEW_REQUIRED = "review_required"
        REWARDED = "rewarded"
        EXPIRED = "expired"
        CAPPED = "capped"
        FAILED = "failed"
        REJECTED = "rejected"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="referrals")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="referrals")
    referrer = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="referrals")
    referred = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="referred_by")
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="referrals")
    attribution_id = models.BigIntegerField(null=True, blank=True, help_text="The winning touch; not a foreign key.")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ATTRIBUTED)
    referrer_moderation = models.CharField(max_length=8, choices=Moderation.choices, default=Moderation.APPROVED)
    referred_moderation = models.CharField(max_length=8, choices=Moderation.choices, default=Moderation.APPROVED)
    risk_flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    skip_reason = models.CharField(max_length=60, blank=True, default="")
    error = models.TextField(blank=True, default="")
    landing_path = models.CharField(max_length=2048, blank=True, default="")
    utm_source = models.CharField(max_length=200, blank=True, default="")
    utm_medium = models.CharField(max_length=200, blank=True, default="")
    utm_campaign = models.CharField(max_length=200, blank=True, default="")
    attributed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    qualified_at = models.DateTimeField(null=True, blank=True)
    rewarded_at = models.DateTimeField(null=True, blank=True)
    moderated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["program", "referred"],
                condition=Q(removed_at__isnull=True) & ~Q(status="expired"),
                name="one_live_referral_a_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=REFERRAL_STATES),
                name="referral_status_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-id"], name="referral_newest"),
            models.Index(fields=["tenant", "status", "-id"], name="referral_by_status"),
            models.Index(fields=["referrer", "-attributed_at"], name="referral_of_referrer"),
            models.Index(fields=["referrer", "-id"], name="referral_of_referrer_newest"),
            models.Index(fields=["referred"], name="referral_of_referred"),
            models.Index(fields=["attributed_at"], name="referral_by_sign_up"),
            models.Index(fields=["expires_at"], condition=Q(status="attributed"), name="referral_expiry"),
            models.Index(
                fields=["tenant", "utm_campaign", "-id"], condition=~Q(utm_campaign=""), name="referral_of_campaign"
            ),
            models.Index(fields=["tenant", "id"], condition=~Q(error=""), name="referral_in_error"),
            # The order of sign-ups.
            models.Index(fields=["tenant", "-attributed_at", "-id"], condition=KEPT, name="referral_started"),
            # By what a list of the newest is narrowed by.
            models.Index(
                fields=["tenant", "referrer_moderation", "-id"], condition=KEPT, name="referral_referrer_side"
            ),
            models.Index(
                fields=["tenant", "referred_moderation", "-id"], condition=KEPT, name="referral_referred_side"
            ),
            models.Index(
                fields=["tenant", "-qualified_at"], condition=KEPT & Q(qualified_at__isnull=False), name="referral_paid"
            ),
            models.Index(
                fields=["tenant", "-ended_at"], condition=KEPT & Q(ended_at__isnull=False), name="referral_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referrer} → {self.referred}"

    def moderation(self, side: str) -> str:
        value: str = getattr(self, f"{side}_moderation")
        return value

    @property
    def sides_pending(self) -> list[Side]:
        return [side for side in Side if self.moderation(side) == Moderation.PENDING]


LIVE = Q(removed_at__isnull=True) & ~Q(status=Referral.Status.EXPIRED)


class ActionQuerySet(models.QuerySet["Action"]):
    def for_tenant(self, tenant: Tenant) -> "ActionQuerySet":
        return self.filter(tenant=tenant)


class Action(models.Model):
    """Something a referred person did that can earn rewards. `key` is its natural key: one payment is one action,
    whichever of several sources tells of it. `amount` is the base of a percentage, in minor units.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CHECKOUT = "checkout"  # a one-off payment without an invoice
        APPROVAL = "approval"  # a person approved the referral with an amount
        API = "api"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="actions")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=7)
    reversed_amount = models.BigIntegerField(default=0, help_text="How much of the amount went back, minor units.")
    stripe_event = models.CharField(max_length=255, blank=True, default="")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="action_once"),
            models.CheckConstraint(
                condition=(Q(amount__gt=0) | Q(amount=0, kind="approval")) & Q(amount__lte=10**15),
                name="action_amount_in_range",
            ),
            models.CheckConstraint(
                condition=Q(reversed_amount__gte=0, reversed_amount__lte=models.F("amount")),
                name="action_reversed_at_most_whole",
            ),
        ]
        indexes = [models.Index(fields=["referral", "occurred_at"], name="action_of_referral")]

    def __str__(self) -> str:
        return self.key


class Signal(models.Model):
    """What one risk rule found about a referral: it fired, or it could not be computed, which also means review."""

    class Outcome(models.TextChoices):
        FIRED = "fired"
        ERRORED = "errored"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="signals")
    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    score = models.PositiveSmallIntegerField()
    evidence: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "code", "outcome"], name="signal_once_a_referral")]
        indexes = [models.Index(fields=["tenant", "code", "-id"], name="signal_by_code")]

    def __str__(self) -> str:
        return self.code


class Decision(models.Model):
    """Why something was or was not done, by a rule or by a person. Append-only.

    `actor` is `system`, `staff:<username>` or `key:<public id>`; `data` holds the inputs as they were at that moment.
    """

    class Kind(models.TextChoices):
        ATTRIBUTION = "attribution"  # which touch won, which lost
        QUALIFICATION = "qualification"
        RISK = "risk"  # every rule's result
        GRANT = "grant"  # what was granted, and what was not and why
        REVIEW = "review"  # what a person decided
        MODERATION = "moderation"
        EXPIRY = "expiry"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="decisions")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="decisions", null=True, blank=True)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    outcome = models.CharField(max_length=40)
    reason = models.CharField(max_length=500, blank=True, default="")
    actor = models.CharField(max_length=200, default="system")
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["referral", "id"], name="decision_of_referral")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind}: {self.outcome}"
