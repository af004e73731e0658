"""Which payment is meant: the provider tells of one under several names, a few at a time and in any order."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

from django.db import connection

from credits.errors import TwoInvoices
from credits.models import Payment, PaymentName, Reversal
from credits.services.reversals import record_reversal, settle_payment
from referrals.models import Action
from tenants.models import Tenant


def know_payment(tenant: Tenant, names: Iterable[str], *, at: datetime) -> Payment:
    """The payment of these names, locked until the transaction ends; added if none of them is known.

    Names that were taken for two payments turn out to be one: what is known of both is brought together, and where both
    had earned, only one goes on to. Take this lock before any referral's. Raises TwoInvoices.
    """
    wanted = sorted({name[:255] for name in names if name})
    assert wanted, "a payment needs a name"
    lock_names(tenant, wanted)
    payments = _lock_payments(tenant, wanted)
    payment = payments[0] if payments else Payment.objects.create(tenant=tenant, created_at=at)
    for other in payments[1:]:
        payment = _merge(payment, other, at=at)
    known = set(payment.names.filter(name__in=wanted).values_list("name", flat=True))
    missing = [PaymentName(tenant=tenant, payment=payment, name=name) for name in wanted if name not in known]
    PaymentName.objects.bulk_create(missing)
    return payment


def lock_names(tenant: Tenant, names: Iterable[str]) -> None:
    """Let one transaction at a time deal with things of these names, also with those that are not here yet."""
    digests = (blake2b(f"{tenant.pk}:{name}".encode(), digest_size=8).digest() for name in names)
    keys = sorted({int.from_bytes(digest, "big", signed=True) for digest in digests})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS wanted (key)", [keys])


def _lock_payments(tenant: Tenant, names: list[str]) -> list[Payment]:
    """The payments of some names, locked. Another worker may have merged one of them while we waited: look again."""
    while True:
        wanted = _payments_of(tenant, names)
        locked = list(Payment.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        if [payment.pk for payment in locked] == _payments_of(tenant, names):
            return locked


def _payments_of(tenant: Tenant, names: list[str]) -> list[int]:
    found = PaymentName.objects.filter(tenant=tenant, name__in=names).values_list("payment_id", flat=True)
    return sorted(set(found))


def _merge(one: Payment, two: Payment, *, at: datetime) -> Payment:
    """One of two locked payments takes over all that is known of both."""
    kept, other = _choose(one, two)
    PaymentName.objects.filter(payment=other).update(payment=kept)
    Reversal.objects.filter(payment=other).update(payment=kept)
    if other.action_id is None:
        other.delete()
    else:  # told of under two names, it earned twice: one of the two is taken back
        key = f"duplicate:{other.uid}"
        record_reversal(
            other, key=key, kind=Reversal.Kind.VOID, state=Reversal.State.STANDS, amount=0, told_at=at, at=at
        )
    settle_payment(kept, cause="merge", at=at)
    return kept


def _choose(one: Payment, two: Payment) -> tuple[Payment, Payment]:
    """Which of two payments goes on for both: one that earned, and before any other an invoice."""
    kinds = [payment.action.kind if payment.action else None for payment in (one, two)]
    if kinds == [Action.Kind.INVOICE] * 2:
        raise TwoInvoices
    is_second = kinds[1] == Action.Kind.INVOICE or (kinds[0] is None and kinds[1] is not None)
    return (two, one) if is_second else (one, two)
