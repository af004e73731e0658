"""A tenant tells of somebody whom a member brought in, by the member's code."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from referrals.errors import ReferralError, UnknownCode
from referrals.models import Code, Person, Referral
from referrals.services.decisions import record_refusal
from referrals.services.details import describe_referral
from referrals.services.members_adding import hold_names
from referrals.services.people import add_person, find_person
from referrals.services.referrals import find_code, refer
from tenants.models import Tenant


@contextmanager
def keep_refusal(tenant: Tenant, *, code: str, at: datetime, actor: str) -> Iterator[None]:
    """All that is done inside happens or none of it; why not is recorded, and raised again."""
    try:
        with transaction.atomic():
            yield
    except ReferralError as error:
        record_refusal(tenant, error.code, at=at, actor=actor, code=code)
        raise


@transaction.atomic
def add_lead(
    tenant: Tenant, *, code: str, person: dict[str, Any], at: datetime, actor: str, **details: Any
) -> Referral:
    """Refer whoever is told of into the code's program. `person` are fields of a Person, `details` of ReferralDetails.

    Who is known by that e-mail address, or without one by that `external_id`, is that person, brought up to date; else
    it is somebody new. Raises UnknownCode and all that `refer` raises.
    """
    found = find_code(tenant, code)
    if found is None:
        raise UnknownCode
    names = {"email": person.get("email") or "", "external_id": details.get("external_id") or ""}
    hold_names(found.member.program, names)  # two tellings of one lead must not both find it new
    known = _find_known(found, **names)
    referred = known or add_person(tenant, at=at, **person)
    referral = refer(found.member.program, referred, code=code, at=at, actor=actor)
    told = {name: value for name, value in person.items() if value} if known else {}
    return describe_referral(referral, at=at, person=told, **details)


def _find_known(code: Code, *, email: str, external_id: str) -> Person | None:
    if email or not external_id:
        return find_person(code.tenant, email=email) if email else None
    leads = Referral.objects.for_tenant(code.tenant).filter(program=code.member.program_id)
    lead = leads.filter(details__external_id=external_id).select_related("referred").order_by("-id").first()
    return find_person(code.tenant, external_id=external_id) or (lead.referred if lead else None)
