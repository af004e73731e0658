"""The one function that moves a referral from one state to another."""

from datetime import datetime
from typing import Any

from events.services.events import record_event
from referrals.models import Referral

S = Referral.Status
TRANSITIONS: dict[str, frozenset[str]] = {
    S.ATTRIBUTED: frozenset({S.QUALIFIED, S.EXPIRED, S.REJECTED}),
    # The payment was made in time but told late; or a person gives it another window.
    S.EXPIRED: frozenset({S.QUALIFIED, S.ATTRIBUTED}),
    S.QUALIFIED: frozenset({S.REVIEW_REQUIRED, S.REWARDED, S.CAPPED, S.FAILED, S.REJECTED}),
    S.REVIEW_REQUIRED: frozenset({S.REWARDED, S.REJECTED, S.CAPPED, S.FAILED, S.QUALIFIED}),
    S.FAILED: frozenset({S.REWARDED, S.CAPPED, S.REVIEW_REQUIRED, S.REJECTED, S.QUALIFIED}),
    # Denied on both sides while nothing had been paid out; or held anew after a refund took back all it had.
    S.REWARDED: frozenset({S.REJECTED, S.REVIEW_REQUIRED}),
    S.CAPPED: frozenset({S.REJECTED, S.FAILED, S.REVIEW_REQUIRED}),
    S.REJECTED: frozenset({S.ATTRIBUTED, S.QUALIFIED, S.REVIEW_REQUIRED, S.REWARDED, S.CAPPED, S.FAILED}),
}


def move_referral(referral: Referral, to: str, *, at: datetime, **fields: Any) -> bool:
    """Move a referral, whose row the caller has locked, to a state; False when it is there already.

    Writes the status with the given fields and one event telling both states. Raises AssertionError for a move that is
    not declared: that is a mistake of ours, and nothing may be written after it.
    """
    before = referral.status
    if before == to:
        return False
    assert to in TRANSITIONS[before], f"a referral cannot go from {before} to {to}"
    update_referral(referral, at=at, status=to, **fields)
    record_event(
        referral.tenant, f"referral.{to}", subject=referral.uid, at=at, before={"status": before}, after={"status": to}
    )
    return True


def update_referral(referral: Referral, *, at: datetime, **fields: Any) -> None:
    """Write fields of a referral whose row the caller has locked."""
    fields["updated_at"] = at
    for name, value in fields.items():
        setattr(referral, name, value)
    referral.save(update_fields=list(fields))


def lock_referral(referral_id: int) -> Referral:
    """The referral as it is now, locked: the first lock that every change of it takes."""
    rows = Referral.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("tenant", "program", "referrer__person", "referred", "code").get(pk=referral_id)
