"""A person's statement: every line of their book with what it left, as of any instant."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from credits.models import Bucket, LedgerEntry
from referrals.models import Person


@dataclass(frozen=True)
class Line:
    """An entry with the buckets it left, in minor units of its currency."""

    entry: LedgerEntry
    after: dict[str, int]


def read_statement(person: Person, *, at: datetime | None = None, currency: str = "") -> Iterator[Line]:
    """Every entry of a person in the order it took effect, with what each bucket of its currency then held.

    As of an instant it shows what was in effect then; amounts of different currencies are never added.
    """
    entries = LedgerEntry.objects.filter(person=person).select_related("reward__referral__referred", "reward__action")
    if at is not None:
        entries = entries.filter(effective_at__lte=at)
    if currency:
        entries = entries.filter(currency=currency)
    held: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(Bucket.values, 0))
    for entry in entries.order_by("effective_at", "pk").iterator(chunk_size=2000):
        held[entry.currency][entry.debit] -= entry.amount
        held[entry.currency][entry.credit] += entry.amount
        yield Line(entry, dict(held[entry.currency]))
