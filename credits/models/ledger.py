import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from credits.models.reward import Reward
from referrals.models import Person
from tenants.models import Tenant


class Bucket(models.TextChoices):
    """Where value of one person's book can be."""

    EXPENSE = "expense"  # the program's side: what all else came from
    PENDING = "pending"
    AVAILABLE = "available"  # below zero it is what the person owes
    RESERVED = "reserved"  # in a payout
    PAID = "paid"


class EntryKind(models.TextChoices):
    GRANT = "grant"
    MATURE = "mature"
    REVERT = "revert"  # an unissued reward is taken back
    RESTORE = "restore"  # a reverted reward comes back to where it was
    RESERVE = "reserve"
    RELEASE = "release"  # a payout failed or was cancelled
    PAY = "pay"
    RETURN = "return"  # a completed payout came back
    CLAWBACK = "clawback"  # value already paid out is owed
    REINSTATE = "reinstate"  # what was clawed back is not owed after all
    REDEEM = "redeem"  # its owner spent it by themselves


B = Bucket
FLOWS: tuple[tuple[str, str, str], ...] = (
    (EntryKind.GRANT, B.EXPENSE, B.PENDING),
    (EntryKind.MATURE, B.PENDING, B.AVAILABLE),
    (EntryKind.REVERT, B.PENDING, B.EXPENSE),
    (EntryKind.REVERT, B.AVAILABLE, B.EXPENSE),
    (EntryKind.RESTORE, B.EXPENSE, B.PENDING),
    (EntryKind.RESTORE, B.EXPENSE, B.AVAILABLE),
    (EntryKind.RESERVE, B.AVAILABLE, B.RESERVED),
    (EntryKind.RELEASE, B.RESERVED, B.AVAILABLE),
    (EntryKind.PAY, B.RESERVED, B.PAID),
    (EntryKind.RETURN, B.PAID, B.AVAILABLE),
    (EntryKind.CLAWBACK, B.AVAILABLE, B.EXPENSE),
    (EntryKind.REINSTATE, B.EXPENSE, B.AVAILABLE),
    (EntryKind.REDEEM, B.AVAILABLE, B.PAID),
)
_DECLARED = Q()
for _kind, _debit, _credit in FLOWS:
    _DECLARED |= Q(kind=_kind, debit=_debit, credit=_credit)
OF_A_PAYOUT = [EntryKind.RESERVE, EntryKind.RELEASE, EntryKind.PAY, EntryKind.RETURN]
OF_A_REWARD = [kind for kind in EntryKind if kind not in OF_A_PAYOUT]


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def for_tenant(self, tenant: Tenant) -> "LedgerEntryQuerySet":
        return self.filter(tenant=tenant)


class LedgerEntry(models.Model):
    """One movement of `amount` minor units out of `debit` into `credit`, both buckets of one person's book.

    The books balance by construction. `key` is the idempotency of every posting. Append-only in the database: a trigger
    refuses UPDATE, DELETE and TRUNCATE, and undo is an opposite entry.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="ledger")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="ledger")
    currency = models.CharField(max_length=7)
    amount = models.BigIntegerField()
    debit = models.CharField(max_length=9, choices=Bucket.choices)
    credit = models.CharField(max_length=9, choices=Bucket.choices)
    kind = models.CharField(max_length=9, choices=EntryKind.choices)
    key = models.CharField(max_length=200)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    payout: "models.UUIDField[uuid.UUID | None, uuid.UUID | None]" = models.UUIDField(
        null=True, blank=True, help_text="Public id of the payout; payouts lie above the ledger, so no foreign key."
    )
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="entry_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=10**15), name="entry_amount_in_range"),
            models.CheckConstraint(condition=_DECLARED, name="entry_flow_is_declared"),
            models.CheckConstraint(
                condition=~Q(kind__in=OF_A_REWARD) | Q(reward__isnull=False), name="entry_names_its_reward"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=OF_A_PAYOUT) | Q(payout__isnull=False), name="entry_names_its_payout"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "currency"], include=["debit", "credit", "amount"], name="entry_balance"),
            models.Index(fields=["reward"], name="entry_of_reward"),
            models.Index(fields=["payout"], condition=Q(payout__isnull=False), name="entry_of_payout"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'the ledger is append-only';",
            ),
        ]

    def __str__(self) -> str:
        return self.key
