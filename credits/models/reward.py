import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from credits.models.money import display
from credits.models.rule import Mode, RewardRule
from referrals.models import Action, Person, Program, Referral, Side
from tenants.models import Tenant


class RewardQuerySet(models.QuerySet["Reward"]):
    def for_tenant(self, tenant: Tenant) -> "RewardQuerySet":
        return self.filter(tenant=tenant)

    def by_rule(self) -> "RewardQuerySet":
        """Those that an action earned: what a person gave by hand stands by itself, whatever becomes of a referral."""
        return self.filter(rule__isnull=False)

    def pending(self) -> "RewardQuerySet":
        return self.filter(status=Reward.Status.PENDING)

    def due(self, at: datetime) -> "RewardQuerySet":
        return self.pending().filter(matures_at__lte=at)

    def standing(self) -> "RewardQuerySet":
        return self.exclude(status=Reward.Status.REVERTED)

    def earned(self) -> "RewardQuerySet":
        """Those that count towards limits: also what a refund took back, or a limit would depend on when it is told."""
        return self.filter(~Q(status=Reward.Status.REVERTED) | Q(reversed_amount=F("amount"), cancelled_at=None))


class Reward(models.Model):
    """Value granted to one person for one action under one rule, or by hand. Webshare's referral credit.

    One given by hand has neither action nor rule, and a referral only where it was given for one. `status` is a cache
    of the ledger's entries (`check_books` compares them). The terms in effect when it was granted are frozen here: rule
    version, base, rate, hold and `matures_at`.
    """

    class Status(models.TextChoices):
        PENDING = "pending"  # in its hold
        AVAILABLE = "available"
        PROCESSING = "processing"  # in a payout
        ISSUED = "issued"
        REVERTED = "reverted"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="rewards")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="rewards")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="rewards", null=True, blank=True)
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="rewards", null=True, blank=True)
    rule = models.ForeignKey(RewardRule, on_delete=models.PROTECT, related_name="rewards", null=True, blank=True)
    description = models.CharField(max_length=500, blank=True, default="", help_text="What the tenant calls it.")
    granted_by = models.CharField(max_length=200, blank=True, default="", help_text="Who gave it by hand.")
    method_uid = models.UUIDField(
        null=True, blank=True, help_text="The payout method chosen for it; not a foreign key, since methods lie above."
    )
    side = models.CharField(max_length=8, choices=Side.choices)
    mode = models.CharField(max_length=7, choices=Mode.choices)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=7)
    base_amount = models.BigIntegerField()
    rate = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    hold_days = models.PositiveIntegerField()
    matures_at = models.DateTimeField()
    reversed_amount = models.BigIntegerField(default=0, help_text="What refunds took of it before it was paid out.")
    redeemed_amount = models.BigIntegerField(default=0, help_text="What its owner spent of it by themselves.")
    frozen_at = models.DateTimeField(null=True, blank=True, help_text="A dispute keeps it from maturing.")
    available_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    reverted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True, help_text="A person took this one reward back.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(default=timezone.now)

    objects = RewardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "rule"], name="reward_once_an_action_and_rule"),
            models.CheckConstraint(
                condition=Q(rule__isnull=False, action__isnull=False, referral__isnull=False, granted_by="")
                | Q(rule__isnull=True, action__isnull=True) & ~Q(granted_by=""),
                name="reward_by_rule_or_by_hand",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=10**15), name="reward_amount_in_range"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "available", "processing", "issued", "reverted"]),
                name="reward_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status="reverted", reverted_at__isnull=False)
                | ~Q(status="reverted") & Q(reverted_at__isnull=True),
                name="reward_reverted_at_iff_reverted",
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(available_at__isnull=True), name="reward_pending_not_yet_available"
            ),
            models.CheckConstraint(
                condition=Q(reversed_amount__gte=0, redeemed_amount__gte=0)
                & Q(amount__gte=F("reversed_amount") + F("redeemed_amount")),
                name="reward_reversed_and_redeemed_at_most_whole",
            ),
            models.CheckConstraint(condition=Q(matures_at__gte=F("created_at")), name="reward_matures_after_grant"),
        ]
        indexes = [
            models.Index(fields=["matures_at", "id"], condition=Q(status="pending"), name="reward_due"),
            models.Index(fields=["tenant", "-id"], name="reward_newest"),
            models.Index(fields=["tenant", "status", "-id"], name="reward_by_status"),
            models.Index(fields=["person", "-id"], name="reward_of_person"),
            # What is there still, in the order in which it was earned.
            models.Index(
                fields=["tenant", "-created_at", "-id"], condition=~Q(status="reverted"), name="reward_standing"
            ),
            models.Index(
                fields=["tenant", "currency", "person"], condition=Q(status="available"), name="reward_payable"
            ),
        ]

    def __str__(self) -> str:
        return f"{display(self.amount, self.currency)} for {self.person}"

    @property
    def stands_at(self) -> int:
        """What of it stands, in minor units: less what refunds took, and nothing of one that is reverted."""
        return 0 if self.status == self.Status.REVERTED else self.amount - self.reversed_amount
