from django.db import models
from django.db.models import Q
from django.utils import timezone

from tenants.models import Tenant


class AccountQuerySet(models.QuerySet["Account"]):
    def for_tenant(self, tenant: Tenant) -> "AccountQuerySet":
        return self.filter(tenant=tenant)


class Account(models.Model):
    """What a tenant told of one account of theirs: whether and how it pays. Its people name it by `account_id`.

    `converted_at` is when it first paid, which happens once however often its status changes.
    """

    class Status(models.TextChoices):
        PAID = "PAID"
        TRIAL = "TRIAL"
        FREE = "FREE"
        CANCELLED = "CANCELLED"

    class Interval(models.TextChoices):
        DAY = "DAY"
        WEEK = "WEEK"
        MONTH = "MONTH"
        QUARTER = "QUARTER"
        SEMI_ANNUAL = "SEMI_ANNUAL"
        YEAR = "YEAR"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="accounts")
    account_id = models.CharField(max_length=255)
    status = models.CharField(max_length=9, choices=Status.choices)
    interval = models.CharField(max_length=11, choices=Interval.choices, blank=True, default="")
    interval_count = models.PositiveIntegerField(null=True, blank=True)
    value = models.BigIntegerField(null=True, blank=True, help_text="Of one renewal, in minor units.")
    currency = models.CharField(max_length=7, default="USD")
    code = models.CharField(max_length=64, blank=True, default="", help_text="The code that referred it.")
    converted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "account_id"], name="account_once"),
            models.CheckConstraint(condition=~Q(account_id=""), name="account_id_not_blank"),
        ]

    def __str__(self) -> str:
        return self.account_id
