import uuid

from django.db import models
from django.db.models import Q

from referrals.models import Action
from tenants.models import Tenant


class Payment(models.Model):
    """What a customer paid, under every name the payment provider has for it, and how much of it went back.

    A refund may be told of before the payment it belongs to, so a payment may be here before its action is. Amounts are
    minor units of the payment's own currency, tax included; `returned_amount` is what its reversals add up to.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="payments")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    action = models.OneToOneField(Action, on_delete=models.PROTECT, null=True, blank=True, related_name="payment")
    paid_amount = models.BigIntegerField(null=True, blank=True, help_text="Known once the payment itself is told of.")
    returned_amount = models.BigIntegerField(default=0)
    disputed_at = models.DateTimeField(null=True, blank=True, help_text="While a dispute about it is open.")
    sought_at = models.DateTimeField(null=True, blank=True, help_text="When the provider was asked what it is for.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(returned_amount__gte=0)
                & (Q(paid_amount__isnull=True) | Q(returned_amount__lte=models.F("paid_amount"))),
                name="payment_returned_at_most_whole",
            ),
            models.CheckConstraint(
                condition=Q(paid_amount__isnull=True) | Q(paid_amount__gt=0), name="payment_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(action__isnull=True) | Q(paid_amount__isnull=False), name="payment_of_action_has_an_amount"
            ),
        ]
        indexes = [
            models.Index(fields=["action"], condition=Q(disputed_at__isnull=False), name="payment_disputed"),
            models.Index(
                fields=["id"], condition=Q(action__isnull=True, sought_at__isnull=True), name="payment_unsought"
            ),
        ]

    def __str__(self) -> str:
        return f"payment {self.pk}"


class PaymentName(models.Model):
    """One of the provider's ids by which a payment is meant: of an invoice, a payment intent, a charge, a checkout."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="payment_name_once")]

    def __str__(self) -> str:
        return self.name


class Reversal(models.Model):
    """One way in which a payment went back, or may: a refund, a credit note, a dispute, a void.

    Tellings of one reversal may come in any order and more than once. The state that is furthest along wins, then the
    latest telling, so that all orders end the same.
    """

    class Kind(models.TextChoices):
        REFUND = "refund"
        REFUNDS = "refunds", "refunds of a charge"  # their sum, which counts only where no single one is known
        CREDIT_NOTE = "credit_note"
        DISPUTE = "dispute"
        VOID = "void"  # of the whole payment

    class State(models.IntegerChoices):
        OPEN = 0  # nothing has gone back yet; an open dispute freezes
        STANDS = 1
        UNDONE = 2  # a refund failed, a dispute was won, a credit note was voided

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="reversals")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="reversals")
    key = models.CharField(max_length=255, help_text="The provider's own id of it.")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    charge = models.CharField(max_length=255, blank=True, default="", help_text="The charge it is about, if told.")
    state = models.PositiveSmallIntegerField(choices=State.choices)
    amount = models.BigIntegerField(help_text="Minor units, tax included.")
    told_at = models.DateTimeField(help_text="The provider's own time of what is told here.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key", "kind"], name="reversal_once"),
            models.CheckConstraint(condition=Q(amount__gte=0, amount__lte=10**15), name="reversal_amount_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
