"""Granting what was earned: rewards, their ledger entries and the record of why."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from credits.models import Payment, Review, Reward
from credits.services.caps import CAPPED, Count, count_towards_caps, first_reached
from credits.services.grant_records import describe_plan, is_granted
from credits.services.ledger import post_grant
from credits.services.planning import plan_grants
from credits.services.standing import settle_rewards
from credits.services.terms import Earning
from events.services.events import record_event
from referrals.models import Decision, Moderation, Referral, Side
from referrals.services.decisions import SYSTEM, record_decision
from referrals.services.status import move_referral, update_referral

log = structlog.get_logger(__name__)


def grant_due(referral: Referral, *, at: datetime, actor: str = SYSTEM) -> list[Reward]:
    """Grant a locked referral everything it has earned and may have, and settle its state; safe to repeat.

    A side that is not approved waits, and so does everything while a review is open. An error leaves no half of a grant
    behind: the referral is then `failed`, with the error, and the same call recovers it.
    """
    if Review.objects.open().filter(referral=referral).exists():
        _settle_clean(referral, at=at)
        return []
    try:
        with transaction.atomic():
            granted = _grant(referral, at=at, actor=actor)
    except Exception as error:  # whatever it is, the payment stays recorded and a person can see and retry
        log.exception("grant_failed", referral=str(referral.uid))
        _fail(referral, error, at=at)
        return []
    _settle_clean(referral, at=at)
    return granted


def settle(referral: Referral, *, at: datetime) -> None:
    """Bring the state of a locked referral in line with its sides, its reviews and its rewards.

    What a failed grant owes is owed still: its error stays until a grant goes well.
    """
    status = _status_of(referral)
    fields = {"rewarded_at": at} if status == Referral.Status.REWARDED and referral.rewarded_at is None else {}
    move_referral(referral, status, at=at, **fields)


def _settle_clean(referral: Referral, *, at: datetime) -> None:
    """Settle a referral to which nothing is owed that could not be granted."""
    if referral.error:
        update_referral(referral, at=at, error="")
    settle(referral, at=at)


def _grant(referral: Referral, *, at: datetime, actor: str) -> list[Reward]:
    sides = [side for side in Side if referral.moderation(side) == Moderation.APPROVED]
    plan = plan_grants(referral, sides=sides)
    counts = _count(referral, plan, at=at)
    cap = _apply_cap(referral, counts, at=at)
    allowed = [earning for earning in plan if is_granted(earning.amount, side=earning.rule.side, cap=cap)]
    rewards = [_create_reward(referral, earning, at=at) for earning in allowed]
    _follow_reversals(referral, rewards, at=at)
    if plan:
        outcome = "granted" if rewards else "nothing granted"
        data = describe_plan(plan, cap=cap, counts=counts, rewards=rewards)
        record_decision(referral, Decision.Kind.GRANT, outcome, at=at, actor=actor, **data)
    return rewards


def _count(referral: Referral, plan: list[Earning], *, at: datetime) -> dict[str, Count]:
    """How the referrer stands towards the caps, where it matters: not once a referral is capped, for that stays so."""
    would_earn = any(earning.amount and earning.rule.side == Side.REFERRER for earning in plan)
    return count_towards_caps(referral, at=at) if would_earn and referral.skip_reason != CAPPED else {}


def _apply_cap(referral: Referral, counts: dict[str, Count], *, at: datetime) -> str:
    """The cap that keeps the referrer's side from earning; once reached for a referral it stays so."""
    if referral.skip_reason == CAPPED:
        return CAPPED
    cap = first_reached(counts)
    if cap:
        update_referral(referral, at=at, skip_reason=CAPPED)
    return cap


def _create_reward(referral: Referral, earning: Earning, *, at: datetime) -> Reward:
    rule, action = earning.rule, earning.action
    hold_days = referral.program.hold_days if rule.hold_days is None else rule.hold_days
    person = referral.referrer.person if rule.side == Side.REFERRER else referral.referred
    reward = Reward.objects.create(
        tenant_id=referral.tenant_id,
        person=person,
        program=referral.program,
        referral=referral,
        action=action,
        rule=rule,
        side=rule.side,
        mode=person.reward_mode or rule.mode,
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


def _follow_reversals(referral: Referral, rewards: list[Reward], *, at: datetime) -> None:
    """What went back of a payment before its rewards were granted goes back of them at once."""
    touched = Payment.objects.filter(action__in={reward.action_id for reward in rewards})
    touched = touched.exclude(returned_amount=0, disputed_at=None).order_by("id")
    if touched:
        settle(referral, at=at)  # it is rewarded, as it would be had the payment been told of first
    for payment in touched:
        settle_rewards(referral, payment, cause="grant", at=at)


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
    stands = Reward.objects.by_rule().standing().filter(referral=referral).exists()
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
    return next((state for holds, state in states if holds), status.FAILED if referral.error else status.QUALIFIED)
