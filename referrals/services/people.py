"""Who somebody is: the one place where people are found, added and recognised."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Lower

from events.services.events import record_event
from referrals.errors import NotToBeTracked
from referrals.models import Identifier, Person
from referrals.services.mailboxes import canonical_email
from tenants.models import Tenant
from tenants.services.addresses import network_of


def find_person(
    tenant: Tenant, *, external_id: str = "", account_id: str | None = None, customer_id: str = "", email: str = ""
) -> Person | None:
    """The person meant: by the tenant's own id, else by a Stripe customer seen before, else by e-mail; oldest first."""
    people = Person.objects.for_tenant(tenant).order_by("id")
    if external_id:
        named = people.filter(external_id=external_id)
        found = (named if account_id is None else named.filter(account_id=account_id)).first()
        if found:
            return found
    if customer_id:
        marks = Identifier.objects.filter(tenant=tenant, kind=Identifier.Kind.STRIPE_CUSTOMER, value=customer_id)
        mark = marks.order_by("id").select_related("person").first()
        if mark and not _is_someone_else(mark.person, external_id):
            return mark.person
    return _find_by_email(tenant, email, external_id) if email else None


def _find_by_email(tenant: Tenant, email: str, external_id: str) -> Person | None:
    same = Person.objects.for_tenant(tenant).alias(lower=Lower("email")).filter(lower=email.lower()).order_by("id")
    return next((person for person in same if not _is_someone_else(person, external_id)), None)


def _is_someone_else(person: Person, external_id: str) -> bool:
    """Two ids of the tenant are two people, even when they share a mailbox or a Stripe customer: that is for risk."""
    return bool(external_id and person.external_id and person.external_id != external_id)


@transaction.atomic
def upsert_person(tenant: Tenant, *, external_id: str, account_id: str = "", at: datetime, **fields: Any) -> Person:
    """The tenant's person of that id, added or with the given fields brought up to date. Safe to call concurrently.

    Raises NotToBeTracked for somebody who was removed and asked not to be known again.
    """
    person, created = Person.objects.get_or_create(
        tenant=tenant, account_id=account_id, external_id=external_id, defaults={**fields, "created_at": at}
    )
    if created:
        _welcome(person, at=at)
        return person
    if person.removed_at is not None:
        raise NotToBeTracked
    return update_person(person, at=at, **fields)


@transaction.atomic
def add_person(tenant: Tenant, *, at: datetime, **fields: Any) -> Person:
    """Somebody of whom the tenant has told us no id."""
    person = Person.objects.create(tenant=tenant, created_at=at, **fields)
    _welcome(person, at=at)
    return person


@transaction.atomic
def update_person(person: Person, *, at: datetime, **fields: Any) -> Person:
    """Bring fields up to date. An earlier mailbox stays on record: it is still one by which they can be recognised.

    The event tells the names of the fields and not what is in them; of a reward mode its chooser tells.
    """
    changed = {name: value for name, value in fields.items() if getattr(person, name) != value}
    personal = sorted(changed.keys() - {"reward_mode"})
    if changed:
        changed["modified_at"] = at
        for name, value in changed.items():
            setattr(person, name, value)
        person.save(update_fields=list(changed))
        _note_mailbox(person, at=at)
    if personal:
        record_event(person.tenant, "person.updated", subject=person.uid, at=at, personal=personal)
    return person


def note_identifier(person: Person, kind: str, value: str, *, at: datetime) -> bool:
    """Remember a mark by which this person can be recognised; tell whether it is news."""
    if not value:
        return False
    mark = {"tenant_id": person.tenant_id, "person": person, "kind": kind, "value": value[:400]}
    return Identifier.objects.get_or_create(**mark, defaults={"first_seen_at": at})[1]


def note_device(person: Person, *, ip: str | None, device: int, at: datetime) -> None:
    """Remember the network and the device that a person was seen on."""
    note_identifier(person, Identifier.Kind.NETWORK, network_of(ip or ""), at=at)
    note_identifier(person, Identifier.Kind.DEVICE, f"{device:x}", at=at)


def _welcome(person: Person, *, at: datetime) -> None:
    _note_mailbox(person, at=at)
    record_event(person.tenant, "person.added", subject=person.uid, at=at)


def _note_mailbox(person: Person, *, at: datetime) -> None:
    note_identifier(person, Identifier.Kind.MAILBOX, canonical_email(person.email), at=at)
