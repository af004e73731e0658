"""A referred person pays: the action is recorded once, and the first one in time qualifies the referral."""

from datetime import datetime
from typing import Any

from events.services.events import record_event
from referrals.models import Action, Decision, Person, Referral
from referrals.services.coupons import redeem_coupon
from referrals.services.decisions import record_decision
from referrals.services.referrals import expire
from referrals.services.revival import revive, successor_of
from referrals.services.status import move_referral, update_referral


def record_action(
    referral: Referral,
    *,
    kind: str,
    key: str,
    amount: int,
    currency: str,
    occurred_at: datetime,
    at: datetime,
    stripe_event: str = "",
) -> tuple[Action, bool]:
    """Record what the referred person did, once for its natural key; tell whether it is new.

    `amount` is in minor units of `currency`. The caller has locked the referral.
    """
    return Action.objects.get_or_create(
        tenant_id=referral.tenant_id,
        key=key,
        defaults={
            "referral": referral,
            "kind": kind,
            "amount": amount,
            "currency": currency,
            "occurred_at": occurred_at,
            "recorded_at": at,
            "stripe_event": stripe_event,
        },
    )


def qualify(referral: Referral, action: Action, *, at: datetime) -> bool:
    """Qualify a locked referral by a paid action; return whether the action may earn.

    Only the first action moves the referral; later ones of a qualified referral may earn as well. A payment made after
    the window expires the referral; one made in time but told late revives it, and so does one made while the coupon
    that it came of is applied. A rejected referral is noted as qualified and stays rejected: should a person approve it
    after all, it has earned.
    """
    note_payment(referral.referred, action.key, at=at)
    came_of_it = redeem_coupon(referral, occurred_at=action.occurred_at, at=at)
    if referral.qualified_at is not None:
        return True
    if action.occurred_at >= referral.expires_at and not came_of_it:
        _lapse(referral, action, at=at)
        return False
    if referral.status == Referral.Status.EXPIRED and successor_of(referral):
        return False
    facts: dict[str, Any] = {
        "action": action.key,
        "amount": action.amount,
        "currency": action.currency,
        "occurred_at": action.occurred_at.isoformat(),
        "expires_at": referral.expires_at.isoformat(),
        "by_coupon": came_of_it,
    }
    record_decision(referral, Decision.Kind.QUALIFICATION, "qualified", at=at, **facts)
    _mark_qualified(referral, at=at)
    return True


def qualify_by_hand(referral: Referral, *, actor: str, at: datetime) -> None:
    """A person says that a locked referral qualifies, whatever its window. Raises AlreadyReferred for an expired one
    whose person somebody else has brought in since.
    """
    if referral.status == Referral.Status.EXPIRED:
        revive(referral, at=at)
    record_decision(referral, Decision.Kind.QUALIFICATION, "qualified", at=at, actor=actor)
    _mark_qualified(referral, at=at)


def _mark_qualified(referral: Referral, *, at: datetime) -> None:
    update_referral(referral, at=at, qualified_at=at, ended_at=None)
    if referral.status == Referral.Status.REJECTED:
        record_event(referral.tenant, "referral.updated", subject=referral.uid, at=at, fields=["qualified_at"])
    else:
        move_referral(referral, Referral.Status.QUALIFIED, at=at)


def _lapse(referral: Referral, action: Action, *, at: datetime) -> None:
    if referral.status == Referral.Status.ATTRIBUTED:
        reason = "The payment was made after the attribution window."
        expire(referral, at=at, reason=reason, paid_at=action.occurred_at)


def note_payment(person: Person, key: str, *, at: datetime) -> None:
    """Remember when we first learnt of a payment, and which: whoever paid before being referred is not new."""
    first = {"first_paid_at": at, "first_payment": key}
    if Person.objects.filter(pk=person.pk, first_paid_at__isnull=True).update(**first):
        person.first_paid_at, person.first_payment = at, key
