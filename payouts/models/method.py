import uuid
from datetime import datetime, timedelta

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from credits.models.money import PRODUCT_CREDITS, validate_currency
from referrals.models import Person, Program
from tenants.models import Tenant


class PayoutMethodQuerySet(models.QuerySet["PayoutMethod"]):
    def for_tenant(self, tenant: Tenant) -> "PayoutMethodQuerySet":
        return self.filter(tenant=tenant)

    def in_force(self) -> "PayoutMethodQuerySet":
        """Of programs and tenants in good standing."""
        return self.filter(is_active=True, program__is_active=True, tenant__is_active=True)

    def due(self, at: datetime) -> "PayoutMethodQuerySet":
        """Whose earn-out is due."""
        return self.in_force().filter(next_run_at__lte=at)


@pghistory.track(model_name="PayoutMethodHistory", obj_field=pghistory.ObjForeignKey(related_name="history"))
class PayoutMethod(models.Model):
    """One way in which a program pays out one currency. A person is paid by the first of a program's methods, in order
    of `position`, for which there is an account of theirs.
    """

    class Kind(models.TextChoices):
        STRIPE_TRANSFER = "stripe_transfer", "Stripe Connect transfer"
        STRIPE_BALANCE = "stripe_balance", "Stripe customer balance"  # credit towards the person's own next invoices
        MANUAL = "manual", "Manual"  # somebody pays, and says so

    class Schedule(models.TextChoices):
        WEEKLY = "weekly"
        MONTHLY = "monthly"
        ON_REQUEST = "on_request", "on request"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="payout_methods")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="payout_methods")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    currency = models.CharField(max_length=7, default="USD", validators=[validate_currency])
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    minimum_amount = models.BigIntegerField(default=0, help_text="Minor units. What is below it waits.")
    yearly_limit = models.BigIntegerField(
        null=True, blank=True, help_text="Minor units a person gets in a calendar year (UTC) at most. Empty: no limit."
    )
    hold_above = models.BigIntegerField(
        null=True, blank=True, help_text="Minor units. A larger payout waits for a second person. Empty: none does."
    )
    account_hold_days = models.PositiveSmallIntegerField(
        default=7, help_text="Days that payouts wait after a person changed the account they are paid to."
    )
    schedule = models.CharField(max_length=10, choices=Schedule.choices, default=Schedule.WEEKLY)
    next_run_at = models.DateTimeField(null=True, blank=True, help_text="When the next earn-out is due.")
    created_at = models.DateTimeField()

    objects = PayoutMethodQuerySet.as_manager()

    class Meta:
        ordering = ["program", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["program", "name"], name="payout_method_name_once"),
            models.CheckConstraint(
                condition=Q(minimum_amount__gte=0)
                & (Q(yearly_limit__isnull=True) | Q(yearly_limit__gt=0))
                & (Q(hold_above__isnull=True) | Q(hold_above__gte=0)),
                name="payout_method_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(kind="manual") | ~Q(currency=PRODUCT_CREDITS), name="stripe_pays_no_product_credits"
            ),
        ]
        indexes = [models.Index(fields=["next_run_at"], condition=Q(is_active=True), name="payout_method_due")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.kind != self.Kind.MANUAL and self.currency == PRODUCT_CREDITS:
            raise ValidationError({"currency": "Stripe pays out money, not product credits."})

    @property
    def account_hold(self) -> timedelta:
        return timedelta(days=self.account_hold_days)


@pghistory.track(model_name="PayoutAccountHistory", obj_field=pghistory.ObjForeignKey(related_name="history"))
class PayoutAccount(models.Model):
    """Where a person is paid by one kind of method: a connected account, a Stripe customer, or an e-mail address."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="payout_accounts")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="payout_accounts")
    kind = models.CharField(max_length=15, choices=PayoutMethod.Kind.choices)
    destination = models.CharField(max_length=320)
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When it last replaced another one.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "kind"], name="payout_account_once_a_kind"),
            models.CheckConstraint(condition=~Q(destination=""), name="payout_account_leads_somewhere"),
        ]
        indexes = [models.Index(fields=["tenant", "destination"], name="payout_account_destination")]

    def __str__(self) -> str:
        return self.destination
