"""Who is meant by the id that a dialect shows: the tenant's own where there is one, else ours."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from referrals.models import Code, Person
from referrals.models.person import PersonQuerySet
from referrals.services.people import find_person, upsert_person
from tenants.models import Tenant


def people_called(tenant: Tenant, public_id: str) -> PersonQuerySet:
    """The people of that id. One external id may be in use in several accounts."""
    uid = _as_uid(public_id)
    wanted = Q(external_id=public_id) | Q(uid=uid) if uid else Q(external_id=public_id)
    return Person.objects.for_tenant(tenant).filter(wanted)


def person_called(tenant: Tenant, public_id: str, *, at: datetime) -> Person:
    """The person of that id, added where the tenant's id is news to us."""
    found = find_person(tenant, external_id=public_id) or people_called(tenant, public_id).first()
    return found or upsert_person(tenant, external_id=public_id, at=at)


def codes_of_people(people: PersonQuerySet) -> tuple[int, ...]:
    """The ids of every code that these people ever shared."""
    return tuple(Code.objects.filter(member__person__in=people).order_by("pk").values_list("pk", flat=True))


def _as_uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
