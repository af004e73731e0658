import uuid
from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from credits.models.money import validate_currency
from referrals.models import Program, Side
from tenants.models import Tenant

# What makes a rule the rule it is: an edit of any of these is a new version.
TERMS = (
    "side", "kind", "amount", "currency", "initial_rate", "ongoing_rate", "initial_rate_days", "max_per_referred",
    "once", "duration_days", "mode", "hold_days",
)  # fmt: skip


class Mode(models.TextChoices):
    CREDITS = "credits"  # product credit
    PAYOUT = "payout"  # money


class RewardRuleQuerySet(models.QuerySet["RewardRule"]):
    def for_tenant(self, tenant: Tenant) -> "RewardRuleQuerySet":
        return self.filter(tenant=tenant)

    def in_force(self, program: Program) -> "RewardRuleQuerySet":
        return self.filter(program=program, retired_at__isnull=True).order_by("id")


class RewardRule(models.Model):
    """What a paid action earns, for which side. Its terms never change: editing makes a new version of `lineage`.

    A fixed rule grants `amount` of `currency`. A percentage grants `initial_rate` of the action's amount during the
    first `initial_rate_days` after the referred person's first action (always, where that is empty) and `ongoing_rate`
    afterwards. `max_per_referred` limits what one side earns from one referred person, over all versions.
    """

    class Kind(models.TextChoices):
        FIXED = "fixed"
        PERCENTAGE = "percentage"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="reward_rules")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="reward_rules")
    lineage = models.UUIDField(default=uuid.uuid4, editable=False, help_text="Shared by all versions of one rule.")
    version = models.PositiveIntegerField(default=1, editable=False)
    name = models.CharField(max_length=100)
    side = models.CharField(max_length=8, choices=Side.choices)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.BigIntegerField(null=True, blank=True, help_text="Of a fixed rule, in minor units.")
    currency = models.CharField(max_length=7, blank=True, default="", validators=[validate_currency])
    initial_rate = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True, help_text="0.25 is 25%.")
    ongoing_rate = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    initial_rate_days = models.PositiveIntegerField(null=True, blank=True)
    max_per_referred = models.BigIntegerField(null=True, blank=True, help_text="In minor units. Empty: no limit.")
    once = models.BooleanField(default=False, help_text="Only the first action earns.")
    duration_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days after the first action during which actions earn. Empty: always."
    )
    mode = models.CharField(max_length=7, choices=Mode.choices, default=Mode.CREDITS)
    hold_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the program's.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RewardRuleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "lineage", "version"], name="rule_version_once"),
            models.UniqueConstraint(
                fields=["lineage"], condition=Q(retired_at__isnull=True), name="one_rule_version_in_force"
            ),
            models.CheckConstraint(
                condition=Q(kind="fixed", amount__gt=0, amount__lte=10**15) & ~Q(currency="")
                | Q(kind="percentage", initial_rate__gt=Decimal(0), initial_rate__lte=Decimal(1)),
                name="rule_says_what_it_earns",
            ),
            models.CheckConstraint(
                condition=Q(ongoing_rate__isnull=True) | Q(ongoing_rate__range=(Decimal(0), Decimal(1))),
                name="rule_ongoing_rate_in_range",
            ),
            models.CheckConstraint(
                condition=Q(max_per_referred__isnull=True) | Q(max_per_referred__gt=0), name="rule_maximum_positive"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="terms_never_change",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("program", "version", "lineage", *TERMS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
