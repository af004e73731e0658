"""A tenant reports what a referred person did, such as a renewal, for whatever it earns."""

import uuid
from datetime import datetime

from django.db import transaction

from credits.services.rewards import reward_action
from events.services.events import record_event
from referrals.models import Action, Decision, Referral
from referrals.services.decisions import record_decision
from referrals.services.status import lock_referral


@transaction.atomic
def report_action(
    referral: Referral, *, amount: int, currency: str, actor: str, at: datetime, external_id: str = "", name: str = ""
) -> tuple[Action, bool]:
    """Count one action of `amount` minor units, and tell whether it is news. One of an `external_id` counts once for
    its referral; without one each is another. Who reported it under which name is in the referral's decisions.

    Raises InvalidAmount.
    """
    referral = lock_referral(referral.pk)
    key = f"api:{referral.uid}:{external_id or uuid.uuid4()}"
    known = referral.actions.filter(tenant=referral.tenant_id, key=key).first()
    if known:
        return known, False
    record_decision(referral, Decision.Kind.QUALIFICATION, "reported", at=at, actor=actor, action=key, name=name)
    told = {"kind": Action.Kind.API, "key": key, "amount": amount, "currency": currency, "occurred_at": at}
    action = reward_action(referral, **told, at=at)  # type: ignore[arg-type]
    about = {"action": f"{action.pk:x}", "amount": amount, "currency": currency, "actor": actor}
    record_event(referral.tenant, "action.reported", subject=referral.uid, at=at, **about)
    return action, True
