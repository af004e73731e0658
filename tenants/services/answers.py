"""Answers kept under the idempotency keys of callers."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from tenants.errors import KeyInUse, KeyReused
from tenants.models import ApiKey, StoredAnswer

KEPT = timedelta(hours=72)


def find_answer(caller: ApiKey, key: str, *, request: str, at: datetime) -> StoredAnswer | None:
    """The answer that a key was given; None for a key that is new, which this transaction then has to itself.

    `request` is a hash of what is asked. Raises KeyInUse while another transaction is answering under the key, and
    KeyReused for one under which something else was asked.
    """
    _claim(caller, key)
    stored = StoredAnswer.objects.filter(tenant=caller.tenant_id, caller=caller.public_key, key=key).first()
    if stored and stored.created_at <= at - KEPT:
        stored.delete()
        return None
    if stored and stored.request != request:
        raise KeyReused
    return stored


def store_answer(caller: ApiKey, key: str, *, request: str, status: int, body: str, at: datetime) -> None:
    """Keep an answer, in the transaction that found none."""
    asked = {"tenant_id": caller.tenant_id, "caller": caller.public_key, "key": key, "request": request}
    StoredAnswer.objects.create(**asked, status=status, body=body, created_at=at)


def forget_answers(*, at: datetime, limit: int = 10_000) -> int:
    """Delete what is older than 72 hours; return how many."""
    old = StoredAnswer.objects.older_than(at - KEPT).order_by("created_at").values("pk")[:limit]
    deleted, _ = StoredAnswer.objects.filter(pk__in=old).delete()
    return deleted


def _claim(caller: ApiKey, key: str) -> None:
    """A lock that ends with the transaction; whoever comes second does not wait for the answer, but comes again."""
    name = hashlib.sha256(f"answer:{caller.public_key}:{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [int.from_bytes(name[:8], signed=True)])
        (claimed,) = cursor.fetchone()
    if not claimed:
        raise KeyInUse
