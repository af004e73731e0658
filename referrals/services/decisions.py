"""Writing down why."""

from datetime import datetime
from typing import Any

from referrals.models import Decision, Referral
from tenants.models import Tenant

SYSTEM = "system"


def record_decision(
    about: Referral | Tenant,
    kind: str,
    outcome: str,
    *,
    at: datetime,
    reason: str = "",
    actor: str = SYSTEM,
    **data: Any,
) -> Decision:
    """Record, beside the change itself, what was decided, by whom and on which inputs: about a referral, or about
    something else of a tenant's.
    """
    referral = about if isinstance(about, Referral) else None
    return Decision.objects.create(
        tenant_id=about.tenant_id if isinstance(about, Referral) else about.pk,
        referral=referral,
        kind=kind,
        outcome=outcome,
        reason=reason[:500],
        actor=actor,
        data=data,
        decided_at=at,
    )


def record_refusal(tenant: Tenant, outcome: str, *, at: datetime, actor: str = SYSTEM, **data: Any) -> Decision:
    """Record why no referral came of a sign-up: there is then no referral to hang the decision on."""
    return record_decision(tenant, Decision.Kind.ATTRIBUTION, outcome, at=at, actor=actor, **data)
