"""A page of a long statement, newest lines first, without reading all that came before."""

from datetime import datetime

from django.db.models import QuerySet

from credits.models import Bucket, LedgerEntry
from credits.services.ledger import balance
from credits.services.statements import Line
from referrals.models import Person


def count_lines(person: Person, currency: str, *, at: datetime | None) -> int:
    return _entries(person, currency, at).count()


def read_page(person: Person, currency: str, *, at: datetime | None, skip: int, size: int) -> list[Line]:
    """The lines of one currency after the newest `skip`, newest first, each with what every bucket held after it.

    Reckons back from the balances as of then, so it is the same as the end of `read_statement`, whatever its length.
    """
    entries = _entries(person, currency, at).order_by("-effective_at", "-pk")
    held = balance(person, currency, at=at)
    for debit, credit, amount in entries.values_list("debit", "credit", "amount")[:skip]:
        _undo(held, debit, credit, amount)
    lines = []
    for entry in entries.select_related("reward__referral__referred", "reward__action")[skip : skip + size]:
        lines.append(Line(entry, {str(bucket): held[bucket] for bucket in Bucket.values}))
        _undo(held, entry.debit, entry.credit, entry.amount)
    return lines


def _undo(held: dict[str, int], debit: str, credit: str, amount: int) -> None:
    held[debit] += amount
    held[credit] -= amount


def _entries(person: Person, currency: str, at: datetime | None) -> QuerySet[LedgerEntry]:
    entries = LedgerEntry.objects.filter(person=person, currency=currency)
    return entries if at is None else entries.filter(effective_at__lte=at)
