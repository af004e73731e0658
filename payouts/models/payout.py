import uuid
from datetime import datetime

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from credits.models import Reward
from credits.models.money import display
from payouts.models.method import PayoutMethod
from referrals.models import Person
from tenants.models import Tenant


class PayoutQuerySet(models.QuerySet["Payout"]):
    def for_tenant(self, tenant: Tenant) -> "PayoutQuerySet":
        return self.filter(tenant=tenant)

    def held(self) -> "PayoutQuerySet":
        return self.filter(status=Payout.Status.HELD)

    def under_way(self) -> "PayoutQuerySet":
        """Whose amount is reserved."""
        return self.filter(status__in=[Payout.Status.HELD, Payout.Status.PENDING, Payout.Status.PROCESSING])

    def to_send(self, at: datetime) -> "PayoutQuerySet":
        """Those that Stripe is to be asked for, or asked about: never tried, or tried without a clear answer."""
        unsent = Q(status=Payout.Status.PENDING) | Q(status=Payout.Status.PROCESSING, stripe_id="")
        return self.filter(unsent, next_attempt_at__lte=at).exclude(method__kind=PayoutMethod.Kind.MANUAL)

    def to_confirm(self, at: datetime) -> "PayoutQuerySet":
        """Those that Stripe has taken and nobody has confirmed."""
        return self.filter(status=Payout.Status.PROCESSING, next_attempt_at__lte=at).exclude(stripe_id="")


class Payout(models.Model):
    """Available value of one person leaving, in one currency. Webshare's earn-out, Referral Rock's transaction.

    The amount is the person's whole available balance: what its rewards come to, plus what was carried over, which is
    below zero where they owed from a clawback. `status` is a cache of the ledger's entries (`check_books` compares).
    """

    class Status(models.TextChoices):
        HELD = "held"  # waits for a second person, or for a changed account's time to pass
        PENDING = "pending"  # to be sent
        PROCESSING = "processing"  # sent, or about to be: the money may have left
        COMPLETED = "completed"  # confirmed
        FAILED = "failed"  # refused: what was reserved is available again
        CANCELLED = "cancelled"

    class Hold(models.TextChoices):
        AMOUNT = "amount"
        REVIEW = "review", "open review"
        DISPUTE = "dispute", "open dispute"
        ACCOUNT = "account", "changed account"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="payouts")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="payouts")
    method = models.ForeignKey(PayoutMethod, on_delete=models.PROTECT, related_name="payouts")
    destination = models.CharField(max_length=320, blank=True, default="", help_text="As it was when requested.")
    amount = models.BigIntegerField()
    carried_amount = models.BigIntegerField(default=0, help_text="The part that no reward of this payout accounts for.")
    currency = models.CharField(max_length=7)
    status = models.CharField(max_length=10, choices=Status.choices)
    holds = ArrayField(models.CharField(max_length=7), default=list, blank=True, help_text="Why it is, or was, held.")
    held_until = models.DateTimeField(null=True, blank=True, help_text="When a changed account may be paid to.")
    requested_by = models.CharField(max_length=200)
    released_by = models.CharField(max_length=200, blank=True, default="")
    reference = models.CharField(max_length=200, blank=True, default="", help_text="Of whoever paid by hand.")
    stripe_id = models.CharField(max_length=255, blank=True, default="", help_text="The transfer or the transaction.")
    returned_amount = models.BigIntegerField(default=0, help_text="What came back after it was completed.")
    error = models.CharField(max_length=1000, blank=True, default="")
    requested_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = PayoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=10**15), name="payout_amount_in_range"),
            models.CheckConstraint(
                condition=Q(status__in=["held", "pending", "processing", "completed", "failed", "cancelled"]),
                name="payout_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(returned_amount__gte=0, returned_amount__lte=F("amount"))
                & (Q(returned_amount=0) | Q(status="completed")),
                name="payout_returned_at_most_whole",
            ),
            models.CheckConstraint(
                condition=Q(released_by="") | ~Q(released_by=F("requested_by")), name="payout_has_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["completed", "failed", "cancelled"], ended_at__isnull=False)
                | Q(status__in=["held", "pending", "processing"], ended_at__isnull=True),
                name="payout_ended_at_iff_ended",
            ),
            models.CheckConstraint(condition=~Q(status="held") | ~Q(holds=[]), name="payout_held_for_a_reason"),
            models.UniqueConstraint(
                fields=["tenant", "stripe_id"], condition=~Q(stripe_id=""), name="payout_stripe_id_once"
            ),
            # One at a time: the next one takes what is left, and a held one is not slipped past.
            models.UniqueConstraint(
                fields=["person", "currency"],
                condition=Q(status__in=["held", "pending", "processing"]),
                name="one_payout_under_way",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=["pending", "processing"]),
                name="payout_to_send",
            ),
            models.Index(fields=["held_until"], condition=Q(status="held"), name="payout_held"),
            models.Index(fields=["tenant", "-id"], name="payout_newest"),
            models.Index(fields=["tenant", "status", "-id"], name="payout_by_status"),
            models.Index(fields=["person", "currency", "-id"], name="payout_of_person"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="payout_reference"),
        ]
        triggers = [pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{display(self.amount, self.currency)} to {self.person}"


class PayoutItem(models.Model):
    """A reward in a payout, with what it came to then."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="items")
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="payout_items")
    amount = models.BigIntegerField()
    is_released = models.BooleanField(default=False, help_text="The payout failed: the reward is free for the next.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payout", "reward"], name="reward_once_a_payout"),
            models.UniqueConstraint(
                fields=["reward"], condition=Q(is_released=False), name="reward_in_one_payout_at_a_time"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="payout_item_not_negative"),
        ]

    def __str__(self) -> str:
        return f"reward {self.reward_id} in payout {self.payout_id}"


class PayoutAttempt(models.Model):
    """One try to have Stripe carry out a payout, written before Stripe is asked. Its key is Stripe's idempotency key:
    a further call with it is the same try. A new try is made only when this one is known to have come to nothing.
    """

    class Outcome(models.TextChoices):
        UNKNOWN = "", "no clear answer yet"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        ABANDONED = "abandoned"  # looked up at Stripe, not there, and its key cannot be used again

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    last_sent_at = models.DateTimeField()
    calls = models.PositiveSmallIntegerField(default=1)
    is_stored = models.BooleanField(default=False, help_text="Stripe tells this key the same error for ever.")
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default=Outcome.UNKNOWN)
    stripe_id = models.CharField(max_length=255, blank=True, default="")
    error = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["payout", "number"], name="payout_attempt_number_once"),
            models.UniqueConstraint(
                fields=["payout"], condition=Q(outcome=""), name="one_payout_attempt_without_an_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class StripeCheck(models.Model):
    """One comparison of a tenant's payouts with Stripe's own record of them, and of Stripe's events with the inbox."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="stripe_checks")
    ran_at = models.DateTimeField()
    ok = models.BooleanField()
    payouts = models.PositiveIntegerField(help_text="Payouts compared.")
    events = models.PositiveIntegerField(help_text="Events that Stripe lists.")
    fetched = models.PositiveIntegerField(help_text="Events that had never been received, and were fetched.")
    differences: "models.JSONField[list[str], list[str]]" = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["tenant", "-ran_at"], name="stripe_check_latest")]

    def __str__(self) -> str:
        return f"{self.ran_at:%Y-%m-%d %H:%M}: {'agrees' if self.ok else 'differs'}"
