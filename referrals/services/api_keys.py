"""Keys that a tenant issues and ends by itself. They are below what is told, so it is told here."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from events.services.events import record_event
from referrals.models import KeyBinding, Person
from tenants.models import ApiKey, Tenant
from tenants.services.keys import IssuedKey, create_key, revoke_key


@transaction.atomic
def issue_key(
    tenant: Tenant,
    *,
    scopes: Iterable[str],
    actor: str,
    at: datetime,
    name: str = "",
    expires_at: datetime | None = None,
    person: Person | None = None,
) -> IssuedKey:
    """Issue a key, which acts as a person where one is given. Its secret is in the answer and nowhere else. Raises
    InvalidScope.
    """
    issued = create_key(tenant, scopes=scopes, name=name, at=at, expires_at=expires_at)
    if person:
        KeyBinding.objects.create(api_key=issued.key, person=person)
    bound = {"person": str(person.uid)} if person else {}
    told = {"after": {"scopes": issued.key.scopes}, "actor": actor, **bound}
    record_event(tenant, "key.issued", subject=uuid.UUID(issued.key.public_key), at=at, **told)
    return issued


@transaction.atomic
def end_key(key: ApiKey, *, actor: str, at: datetime) -> None:
    """Revoke a key at once; one that was revoked before stays as it is."""
    was_live = key.revoked_at is None
    revoke_key(key, at=at)
    if was_live:
        states = {"before": {"revoked": False}, "after": {"revoked": True}}
        record_event(key.tenant, "key.revoked", subject=uuid.UUID(key.public_key), at=at, actor=actor, **states)
