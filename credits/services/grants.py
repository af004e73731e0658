"""Granting what was earned: rewards, their ledger entries and the record of why."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from credits.models import Review, Reward
from credits.services.caps import cap_reached
from credits.services.ledger import post_grant
from credits.services.planning import plan_grants
from credits.services.terms import Earning
from events.services.events import record_event
from referrals.models import Decision, Moderation, Referral, Side
from referrals.services.decisions import SYSTEM, record_decision
from referrals.services.status import move_referral, update_referral

log = structlog.get_logger(__name__)
CAPPED = "capped"


def grant_due(referral: Referral, *, at: datetime, actor: str = SYSTEM) -> list[Reward]:
    """Grant a locked referral everything it has earned and may have, and settle its state; safe to repeat.

    A side that is not approved waits, and so does everything while a review is open. An error leaves no half of a grant
    behind: the referral is then `failed`, with the error, and the same call recovers it.
    """
    if Review.objects.open().filter(referral=referral).exists():
        settle(referral, at=at)
        return []
    try:
        with transaction.atomic():
            granted = _grant(referral, at=at, actor=actor)
    except Exception as error:  # whatever it is, the payment stays recorded and a person can see and retry
        log.exception("grant_failed", referral=str(referral.uid))
        _fail(referral, error, at=at)
        return []
    settle(referral, at=at)
    return granted


def settle(referral: Referral, *, at: datetime) -> None:
    """Bring the state of a locked referral in line with its sides, its reviews and its rewards."""
    status = _status_of(referral)
    fields = {"rewarded_at": at} if status == Referral.Status.REWARDED and referral.rewarded_at is None else {}
    if not move_referral(referral, status, at=at, error="", **fields) and referral.error:
        update_referral(referral, at=at, error="")


def _grant(referral: Referral, *, at: datetime, actor: str) -> list[Reward]:
    sides = [side for side in Side if referral.moderation(side) == Moderation.APPROVED]
    plan = plan_grants(referral, sides=sides)
    cap = _apply_cap(referral, plan, at=at)
    allowed = [earning for earning in plan if earning.amount and not (cap and earning.rule.side == Side.REFERRER)]
    rewards = [_create_reward(referral, earning, at=at) for earning in allowed]
    if plan:
        data: dict[str, Any] = {
            "cap": cap,
            "earnings": [earning.as_data() for earning in plan],
            "rewards": [str(r.uid) for r in rewards],
        }
        outcome = "granted" if rewards else "nothing granted"
        record_decision(referral, Decision.Kind.GRANT, outcome, at=at, actor=actor, **data)
    return rewards


def _apply_cap(referral: Referral, plan: list[Earning], *, at: datetime) -> str:
    """The cap that keeps the referrer's side from earning; once reached for a referral it stays so."""
    if referral.skip_reason == CAPPED:
        return CAPPED
    if not any(earning.amount and earning.rule.side == Side.REFERRER for earning in plan):
        return ""
    cap = cap_reached(referral, at=at)
    if cap:
        update_referral(referral, at=at, skip_reason=CAPPED)
    return cap


def _create_reward(referral: Referral, earning: Earning, *, at: datetime) -> Reward:
    rule, action = earning.rule, earning.action
    hold_days = referral.program.hold_days if rule.hold_days is None else rule.hold_days
    reward = Reward.objects.create(
        tenant_id=referral.tenant_id,
        person_id=referral.referrer.person_id if rule.side == Side.REFERRER else referral.referred_id,
        referral=referral,
        action=action,
        rule=rule,
        side=rule.side,
        mode=rule.mode,
        amount=earning.amount,
        currency=earning.currency,
        base_amount=action.amount,
        rate=earning.rate,
        hold_days=hold_days,
        matures_at=at + timedelta(days=hold_days),
        created_at=at,
        updated_at=at,
    )
    post_grant(reward, at=at)
    told = {"referral": str(referral.uid), "amount": reward.amount, "currency": reward.currency, "side": reward.side}
    record_event(referral.tenant, "reward.granted", subject=reward.uid, at=at, after={"status": "pending"}, **told)
    return reward


def _fail(referral: Referral, error: Exception, *, at: datetime) -> None:
    message = f"{type(error).__name__}: {error}"[:1000]
    update_referral(referral, at=at, error=message)
    if referral.status != Referral.Status.REWARDED:  # one that was rewarded stays so; its error says what is missing
        move_referral(referral, Referral.Status.FAILED, at=at)
    record_decision(referral, Decision.Kind.GRANT, "failed", at=at, reason=message)


def _status_of(referral: Referral) -> str:
    """The state that a referral's facts amount to."""
    status = Referral.Status
    sides = [referral.moderation(side) for side in Side]
    stands = Reward.objects.standing().filter(referral=referral).exists()
    was_rewarded = referral.rewarded_at is not None
    waits = Moderation.PENDING in sides or Review.objects.open().filter(referral=referral).exists()
    states = [
        (referral.status == status.EXPIRED, status.EXPIRED),  # a payment made in time revives it, nothing else
        (not stands and set(sides) == {Moderation.DENIED}, status.REJECTED),
        (referral.qualified_at is None, status.ATTRIBUTED),
        (stands and was_rewarded, status.REWARDED),
        (waits, status.REVIEW_REQUIRED),
        (referral.skip_reason == CAPPED and not was_rewarded, status.CAPPED),
        # also when a refund took back all that was granted
        (stands or (was_rewarded and Moderation.DENIED not in sides), status.REWARDED),
        (was_rewarded, status.REJECTED),
    ]
    return next((state for holds, state in states if holds), status.QUALIFIED)
