"""Writing down why."""

from datetime import datetime
from typing import Any

from referrals.models import Decision, Referral
from tenants.models import Tenant

SYSTEM = "system"


def record_decision(
    referral: Referral,
    kind: str,
    outcome: str,
    *,
    at: datetime,
    reason: str = "",
    actor: str = SYSTEM,
    **data: Any,
) -> Decision:
    """Record, beside the change itself, what was decided about a referral, by whom and on which inputs."""
    return Decision.objects.create(
        tenant_id=referral.tenant_id,
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
    return Decision.objects.create(
        tenant=tenant, kind=Decision.Kind.ATTRIBUTION, outcome=outcome, actor=actor, data=data, decided_at=at
    )
