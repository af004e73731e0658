"""Recomputing the books: every state against its entries, and every person's balances by a second way of adding up."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from credits.models import BooksCheck, Bucket, LedgerEntry

SHOWN = 200  # differences kept of each audit: broken books are found by the first of them

# The same sums as the fold below, made by the database over its index.
SUMMED = """
WITH legs AS (
    SELECT person_id, currency, credit AS bucket, amount FROM credits_ledgerentry
    UNION ALL SELECT person_id, currency, debit, -amount FROM credits_ledgerentry
)
SELECT person_id, currency, bucket, sum(amount)::bigint FROM legs GROUP BY person_id, currency, bucket
"""

Fold = dict[tuple[int, str, str], int]


def check_books(*, at: datetime) -> BooksCheck:
    """Recompute everything as of one snapshot and record the result: `ok`, or each row that differs, named.

    The audits are SQL over rewards, referrals and entries. The fold adds up every entry in Python and is compared with
    the database's own sums; the buckets of each person and currency must come to zero.
    """
    started = time.monotonic()
    with _snapshot():
        differences = [line for name, sql in all_audits().items() for line in _run_audit(name, sql)]
        differences += compare_folds(fold_entries(), sum_entries())
        rewards, entries = _count()
    return BooksCheck.objects.create(
        ran_at=at,
        ok=not differences,
        rewards=rewards,
        entries=entries,
        differences=differences,
        seconds=round(time.monotonic() - started, 3),
    )


def all_audits() -> dict[str, str]:
    """Each audit by its name. Settings name where they are, since apps above this one have books of their own."""
    return {name: sql for place in settings.BOOKS_AUDITS for name, sql in import_string(place).items()}


def fold_entries() -> Fold:
    """Every entry added up one by one."""
    fold: Fold = defaultdict(int)
    rows = LedgerEntry.objects.values_list("person_id", "currency", "debit", "credit", "amount")
    for person, currency, debit, credit, amount in rows.iterator(chunk_size=10_000):
        fold[person, currency, debit] -= amount
        fold[person, currency, credit] += amount
    return dict(fold)


def sum_entries() -> Fold:
    with connection.cursor() as cursor:
        cursor.execute(SUMMED)
        return {(person, currency, bucket): amount for person, currency, bucket, amount in cursor.fetchall()}


def compare_folds(fold: Fold, sums: Fold) -> list[str]:
    """Where the two ways of adding up differ, and whose buckets do not come to zero."""
    lines = [
        f"fold: person {key[0]} has {fold.get(key, 0)} {key[1]} in {key[2]}, the database says {sums.get(key, 0)}"
        for key in sorted(fold.keys() | sums.keys())
        if fold.get(key, 0) != sums.get(key, 0)
    ]
    for person, currency in sorted({key[:2] for key in sums}):
        total = sum(sums.get((person, currency, bucket), 0) for bucket in Bucket.values)
        if total:
            lines.append(f"fold: the buckets of person {person} in {currency} come to {total}, not zero")
    return lines[:SHOWN]


def _run_audit(name: str, sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [f"{name}: {line}" for (line,) in cursor.fetchmany(SHOWN)]


def _count() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM credits_reward), (SELECT count(*) FROM credits_ledgerentry)")
        rewards, entries = cursor.fetchone()
    return rewards, entries


@contextmanager
def _snapshot() -> Iterator[None]:
    """One view of the database for all audits, so that work going on meanwhile is not taken for a difference."""
    is_nested = connection.in_atomic_block
    with transaction.atomic():
        if not is_nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
