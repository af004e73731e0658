"""Keeping somebody from taking part, letting them back in, and forgetting them."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from events.services.events import record_event
from referrals.errors import AlreadyBlocked, NotBlocked
from referrals.models import Account, Attribution, Code, Identifier, Member, Person, Referral
from referrals.services.outreach.joins import forget_contact
from tenants.models import Tenant

# Who somebody is; the rest of a row is what they did.
IDENTITY: dict[str, Any] = {
    "first_name": "", "last_name": "", "email": "", "phone": "", "date_of_birth": None, "address_line1": "",
    "address_line2": "", "city": "", "region": "", "country_subdivision": "", "postal_code": "", "image_url": "",
    "locale": "", "country": "", "custom_fields": {},
}  # fmt: skip
OUR_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TRACES = {"visitor": "", "ip_address": None, "user_agent": ""}


@transaction.atomic
def block_person(person: Person, *, at: datetime, actor: str) -> Person:
    """Keep a person from taking part: they cannot be referred, their codes lead nowhere, nothing of theirs matures.

    Raises AlreadyBlocked.
    """
    person = _lock(person)
    if person.blocked_at is not None:
        raise AlreadyBlocked
    return _set_blocked(person, blocked_at=at, kind="person.blocked", at=at, actor=actor)


@transaction.atomic
def unblock_person(person: Person, *, at: datetime, actor: str) -> Person:
    """Let a blocked person take part again. Raises NotBlocked."""
    person = _lock(person)
    if person.blocked_at is None:
        raise NotBlocked
    return _set_blocked(person, blocked_at=None, kind="person.unblocked", at=at, actor=actor)


@transaction.atomic
def remove_person(person: Person, *, at: datetime, actor: str, do_not_track: bool = False) -> None:
    """Forget who a person is: erase their identity and the marks they are known by, and end their memberships.

    What they earned and what was decided stays in the books. The tenant may add somebody of the same id anew, unless
    the person asked not to be tracked: then only that id within its account is remembered.
    """
    person = _lock(person)
    if person.removed_at is not None:
        return
    forget_contact(person.tenant, person, email=person.email, at=at)
    changes = {**IDENTITY, "removed_at": at, "modified_at": at, "blocked_at": person.blocked_at or at}
    if not do_not_track:
        changes |= {"external_id": None, "account_id": ""}
    for name, value in changes.items():
        setattr(person, name, value)
    person.save(update_fields=list(changes))
    _end_memberships(person, at=at, actor=actor)
    _erase_traces(person)
    record_event(person.tenant, "person.removed", subject=person.uid, at=at, actor=actor)


@transaction.atomic
def remove_account(tenant: Tenant, account_id: str, *, at: datetime, actor: str, do_not_track: bool = False) -> int:
    """Forget an account with all its people; return how many rows there were, the account's own included."""
    people = people_of_account(tenant, account_id)
    for person in people:
        remove_person(person, at=at, actor=actor, do_not_track=do_not_track)
    accounts, _ = Account.objects.for_tenant(tenant).filter(account_id=account_id).delete()
    return len(people) + accounts


def people_of_account(tenant: Tenant, account_id: str) -> list[Person]:
    """Everybody of an account, oldest first; somebody of whom we know no account is an account of their own."""
    if not account_id:
        return []
    people = Person.objects.for_tenant(tenant)
    own = people.filter(account_id="", external_id=account_id)
    nameless = find_nameless(tenant, account_id)
    return [*people.filter(account_id=account_id).union(own).order_by("id"), *([nameless] if nameless else [])]


def find_nameless(tenant: Tenant, public_id: str) -> Person | None:
    """Somebody of whom the tenant told us no id, by ours."""
    if not OUR_ID.fullmatch(public_id):
        return None
    return Person.objects.for_tenant(tenant).filter(uid=public_id, external_id__isnull=True).first()


def _end_memberships(person: Person, *, at: datetime, actor: str) -> None:
    members = Member.objects.filter(person=person)
    Code.objects.filter(member__in=members).update(is_active=False)
    standing = members.filter(removed_at__isnull=True)
    ended = list(standing.order_by("id").values_list("uid", flat=True))
    standing.update(removed_at=at, payout_email="", last_view_ip=None)
    for uid in ended:
        record_event(person.tenant, "member.removed", subject=uid, at=at, actor=actor)


def _erase_traces(person: Person) -> None:
    Identifier.objects.filter(person=person).delete()
    touches = Referral.objects.filter(referred=person).values_list("attribution_id", flat=True)
    Attribution.objects.filter(pk__in=[touch for touch in touches if touch]).update(**TRACES)


def _lock(person: Person) -> Person:
    return Person.objects.select_for_update(no_key=True, of=("self",)).select_related("tenant").get(pk=person.pk)


def _set_blocked(person: Person, *, blocked_at: datetime | None, kind: str, at: datetime, actor: str) -> Person:
    person.blocked_at, person.modified_at = blocked_at, at
    person.save(update_fields=["blocked_at", "modified_at"])
    record_event(person.tenant, kind, subject=person.uid, at=at, actor=actor)
    return person
