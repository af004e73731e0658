"""Grants that failed are tried again."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from credits.services.grants import grant_due
from referrals.models import Referral
from referrals.services.decisions import SYSTEM
from referrals.services.status import lock_referral
from tenants.models import Tenant


class Recovery(NamedTuple):
    """How many referrals were tried again and how many are whole now; for the rest, why not."""

    attempted: int
    recovered: int
    errors: list[tuple[UUID, str]]


def recover_grants(tenant: Tenant, *, at: datetime, limit: int, actor: str = SYSTEM) -> Recovery:
    """Try the failed grants of a tenant again, oldest first. Each is a transaction of its own, and earns only once."""
    failed = Referral.objects.for_tenant(tenant).exclude(error="").order_by("pk")
    tried = [_recover(pk, at=at, actor=actor) for pk in failed.values_list("pk", flat=True)[:limit]]
    attempted = [referral for referral in tried if referral]
    errors = [(referral.uid, referral.error) for referral in attempted if referral.error]
    return Recovery(len(attempted), len(attempted) - len(errors), errors)


@transaction.atomic
def _recover(referral_id: int, *, at: datetime, actor: str) -> Referral | None:
    """The referral after another try; None where somebody else was quicker."""
    referral = lock_referral(referral_id)
    if not referral.error:
        return None
    grant_due(referral, at=at, actor=actor)
    return referral
