"""Changing how a program pays out. What was requested before stays as it is."""

from datetime import datetime
from typing import Any

from django.db import transaction

from events.services.events import record_event
from payouts.models import PayoutMethod
from payouts.services.methods import next_turn


@transaction.atomic
def change_method(method: PayoutMethod, *, actor: str, at: datetime, **fields: Any) -> PayoutMethod:
    """Change fields of a method. Another schedule, or switching it on again, makes its earn-out due at the next turn.

    Raises ValidationError naming each field at fault.
    """
    method = PayoutMethod.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=method.pk)
    before = {name: getattr(method, name) for name in fields if getattr(method, name) != fields[name]}
    changed = {name: fields[name] for name in before}
    if not changed:
        return method
    if "schedule" in changed or changed.get("is_active"):
        changed["next_run_at"] = next_turn(fields.get("schedule", method.schedule), after=at)
    for name, value in changed.items():
        setattr(method, name, value)
    method.full_clean()
    method.save(update_fields=list(changed))
    states = {"before": before, "after": {name: changed[name] for name in before}}
    record_event(method.tenant, "payout_method.changed", subject=method.uid, at=at, actor=actor, **states)
    return method
