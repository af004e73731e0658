"""An account of a tenant's: referred once as a whole, and converted when it first pays."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from events.services.events import record_event
from referrals.errors import AlreadyCustomer, AlreadyReferred, ReferralError, UnknownCode
from referrals.models import Account, Person, Referral
from referrals.services.decisions import SYSTEM
from referrals.services.qualification import note_payment
from referrals.services.referrals import find_code, refer
from referrals.services.standing import people_of_account
from referrals.services.status import lock_referral, update_referral
from tenants.models import Tenant


class Told(NamedTuple):
    """An account as it is now, and the referral it converts by paying for the first time, if it does."""

    account: Account
    converts: Referral | None


@transaction.atomic
def apply_code(person: Person, code: str, *, at: datetime, actor: str = SYSTEM) -> Referral:
    """Record that a person's account was brought in by the owner of a code.

    An account is referred once and only before it pays. Raises UnknownCode, AlreadyReferred (with `.referral`),
    AlreadyCustomer, and what `refer` raises.
    """
    found = find_code(person.tenant, code)
    if found is None or not found.is_active:
        raise UnknownCode
    mates = _lock_people(person)
    referral = _referral_of(mates)
    if referral:
        raise AlreadyReferred(referral=referral)
    if any(mate.first_paid_at for mate in mates) or _has_paid(person):
        raise AlreadyCustomer
    return refer(found.member.program, person, code=code, at=at, actor=actor)


@transaction.atomic
def apply_waiting_code(person: Person, *, at: datetime, actor: str = SYSTEM) -> Referral | None:
    """Apply the code that a person's account was told of, if there is one and it is not too late for it.

    A sync repeats what it told before, so a code that cannot be applied any more is no error here.
    """
    account = Account.objects.filter(tenant=person.tenant_id, account_id=person.account_id, converted_at=None).first()
    if account is None or not account.code:
        return None
    try:
        with transaction.atomic():
            return apply_code(person, account.code, at=at, actor=actor)
    except ReferralError:
        return None


@transaction.atomic
def record_account(
    tenant: Tenant, account_id: str, *, status: str, at: datetime, code: str = "", actor: str = SYSTEM, **terms: Any
) -> Told:
    """Note what a tenant tells of an account: its status, its terms, and the code that brought it in.

    `terms` are interval, interval_count, value (minor units) and currency. The code is applied to the account's first
    person, now or when there is one. The first PAID status with somebody to pay converts; a CANCELLED one ends the
    account's referrals. Raises UnknownCode.
    """
    if code and find_code(tenant, code) is None:
        raise UnknownCode
    account = _write(tenant, account_id, at=at, status=status, code=code, **terms)
    people = people_of_account(tenant, account_id)
    if people:
        apply_waiting_code(people[0], at=at, actor=actor)
    if status == Account.Status.CANCELLED:
        _end_referrals(people, at=at)
    converts = _convert(account, people, at=at) if status == Account.Status.PAID else None
    return Told(account, converts)


def find_account(tenant: Tenant, account_id: str) -> Account | None:
    return Account.objects.for_tenant(tenant).filter(account_id=account_id).first()


def payment_key(account: Account) -> str:
    """The natural key of an account's first payment."""
    return f"account:{account.pk}"


def _write(tenant: Tenant, account_id: str, *, at: datetime, code: str, **terms: Any) -> Account:
    account, created = Account.objects.get_or_create(
        tenant=tenant, account_id=account_id, defaults={**terms, "code": code, "created_at": at, "updated_at": at}
    )
    if created:
        return account
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    changes = {**terms, "code": account.code or code, "updated_at": at}
    for name, value in changes.items():
        setattr(account, name, value)
    account.save(update_fields=list(changes))
    return account


def _convert(account: Account, people: list[Person], *, at: datetime) -> Referral | None:
    """An amount of zero is no payment, here as everywhere."""
    if account.converted_at is not None or not people or not account.value:
        return None
    referral = _referral_of(people)
    if referral:
        referral = lock_referral(referral.pk)  # before its people: the order of locks
    account.converted_at = at
    account.save(update_fields=["converted_at"])
    for person in people:
        note_payment(person, payment_key(account), at=at)
    return referral


def _end_referrals(people: list[Person], *, at: datetime) -> None:
    ending = Referral.objects.filter(referred__in=people, ended_at__isnull=True, removed_at__isnull=True)
    for referral_id in ending.order_by("id").values_list("pk", flat=True):
        referral = lock_referral(referral_id)
        update_referral(referral, at=at, ended_at=at)
        record_event(referral.tenant, "referral.ended", subject=referral.uid, at=at)


def _lock_people(person: Person) -> list[Person]:
    """The people of a person's account, so that two of them are not brought in at once."""
    mates = people_of_account(person.tenant, person.account_id or person.external_id or "") or [person]
    ids = {mate.pk for mate in mates} | {person.pk}
    return list(Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("id"))


def _referral_of(people: list[Person]) -> Referral | None:
    live = Referral.objects.live().filter(referred__in=people).order_by("id")
    return live.select_related("tenant", "program", "referrer__person", "referred", "code").first()


def _has_paid(person: Person) -> bool:
    paid = Account.objects.filter(tenant=person.tenant_id, account_id=person.account_id, converted_at__isnull=False)
    return paid.exists()
