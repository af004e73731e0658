"""A tenant tells us of one of its users: known under an id within an account, able to refer."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from referrals.errors import AccountFull, NotToBeTracked, PersonExists
from referrals.models import Member, Person, Program
from referrals.services.accounts import apply_waiting_code
from referrals.services.members import choose_code, enrol
from referrals.services.people import update_person, upsert_person
from referrals.services.standing import find_nameless
from tenants.models import Tenant

MOST_PEOPLE = 1000


class Registration(NamedTuple):
    """The person, their membership where the tenant has a program, and whether they are new."""

    person: Person
    member: Member | None
    created: bool


def find_in_account(tenant: Tenant, *, account_id: str, external_id: str) -> Person | None:
    """The person of an id within an account. Somebody of whom we know no account is an account of their own, and one of
    whom the tenant told us no id goes by ours.
    """
    people = Person.objects.for_tenant(tenant).filter(external_id=external_id)
    own_account = account_id == external_id
    found = people.filter(account_id__in=[account_id, *([""] if own_account else [])]).order_by("-account_id").first()
    return found or (find_nameless(tenant, external_id) if own_account else None)


def main_program(tenant: Tenant) -> Program | None:
    """The program that is meant where a caller names none: the tenant's oldest active one."""
    return Program.objects.for_tenant(tenant).filter(is_active=True).order_by("id").first()


@transaction.atomic
def register_person(
    tenant: Tenant,
    *,
    account_id: str,
    external_id: str,
    at: datetime,
    code: str = "",
    must_be_new: bool = False,
    **fields: Any,
) -> Registration:
    """Add or update a person of an account and enrol them in the tenant's main program, with the wanted default code.

    Somebody known by that id of whom no account was known is taken into this one. A code that the account was told of
    before it had anybody is applied. Raises PersonExists where they must
    be new, AccountFull, CodeTaken, and NotToBeTracked for somebody who asked not to be known again.
    """
    known = _lock_known(tenant, account_id, external_id)
    if known and must_be_new:
        raise PersonExists
    if known:
        person = update_person(known, at=at, account_id=account_id, **fields)
    else:
        _check_room(tenant, account_id)
        person = upsert_person(tenant, external_id=external_id, account_id=account_id, at=at, **fields)
    member = _enrol(tenant, person, code=code, at=at)
    if known is None:
        apply_waiting_code(person, at=at)
    return Registration(person, member, known is None)


def _lock_known(tenant: Tenant, account_id: str, external_id: str) -> Person | None:
    named = Person.objects.filter(tenant=tenant, external_id=external_id, account_id__in=[account_id, ""])
    person = named.select_for_update(no_key=True).order_by("-account_id").first()
    if person and person.removed_at is not None:
        raise NotToBeTracked
    return person


def _check_room(tenant: Tenant, account_id: str) -> None:
    others = Person.objects.for_tenant(tenant).filter(account_id=account_id).order_by().values("pk")
    if others[: MOST_PEOPLE + 1].count() >= MOST_PEOPLE:
        raise AccountFull


def _enrol(tenant: Tenant, person: Person, *, code: str, at: datetime) -> Member | None:
    program = main_program(tenant)
    if program is None:
        return None
    member = enrol(program, person, code=code, at=at)
    if code:
        choose_code(member, code, at=at)
    return member
