"""What a tenant tells of one referral beside who was referred."""

from datetime import datetime
from typing import Any

from django.db import transaction

from events.services.events import record_event
from referrals.models import Referral, ReferralDetails
from referrals.services.people import update_person
from referrals.services.status import lock_referral


@transaction.atomic
def describe_referral(
    referral: Referral, *, at: datetime, person: dict[str, Any] | None = None, **details: Any
) -> Referral:
    """Note fields of a referral's ReferralDetails, and of the referred person; what stands already changes nothing.

    The event names the fields that changed and tells no value: they may name somebody.
    """
    referral = lock_referral(referral.pk)
    changed = [*_update_referred(referral, person or {}, at=at), *_update_details(referral, details)]
    if changed:
        referral.updated_at = at
        referral.save(update_fields=["updated_at"])
        record_event(referral.tenant, "referral.updated", subject=referral.uid, at=at, fields=sorted(changed))
    return referral


def details_of(referral: Referral) -> ReferralDetails:
    """Its details, blank ones where it has none."""
    found: ReferralDetails | None = getattr(referral, "details", None)
    return found or ReferralDetails(referral=referral)


def _update_referred(referral: Referral, fields: dict[str, Any], *, at: datetime) -> list[str]:
    news = [name for name, value in fields.items() if getattr(referral.referred, name) != value]
    if news:
        referral.referred = update_person(referral.referred, at=at, **{name: fields[name] for name in news})
    return news


def _update_details(referral: Referral, fields: dict[str, Any]) -> list[str]:
    found = details_of(referral)
    news = [name for name, value in fields.items() if getattr(found, name) != value]
    for name in news:
        setattr(found, name, fields[name])
    if news:
        found.save()
    return news
