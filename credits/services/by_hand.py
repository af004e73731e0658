"""Rewards that a person gives by hand, and what a person changes of a single reward."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from credits.errors import NotCancellable
from credits.models import Mode, Reward
from credits.services.cancelling import lock_reward
from credits.services.ledger import post_grant
from credits.services.rewards import check_amount
from credits.services.standing import change_amount, is_spent
from events.services.events import record_event
from referrals.models import Decision, Person, Program, Referral, Side
from referrals.services.decisions import record_decision


@transaction.atomic
def give_reward(
    person: Person,
    program: Program,
    *,
    amount: int,
    currency: str,
    actor: str,
    at: datetime,
    side: str = Side.REFERRER,
    referral: Referral | None = None,
    matures_at: datetime | None = None,
    description: str = "",
    method_uid: uuid.UUID | None = None,
) -> Reward:
    """Give a person a reward without an action: `amount` minor units, to become available at `matures_at`, or at once.

    It stands by itself: whatever becomes of the referral it was given for, only a person takes it back. Raises
    InvalidAmount.
    """
    check_amount(amount, currency)
    matures_at = max(matures_at or at, at)
    reward = Reward.objects.create(
        tenant_id=program.tenant_id,
        person=person,
        program=program,
        referral=referral,
        side=side,
        mode=person.reward_mode or Mode.CREDITS,
        amount=amount,
        currency=currency,
        base_amount=amount,
        hold_days=(matures_at - at).days,
        matures_at=matures_at,
        description=description,
        granted_by=actor,
        method_uid=method_uid,
        created_at=at,
        updated_at=at,
    )
    post_grant(reward, at=at)
    _note(reward, "given", actor=actor, at=at, amount=amount, currency=currency)
    told: dict[str, Any] = {"referral": str(referral.uid)} if referral else {}
    told |= {"amount": amount, "currency": currency, "side": side}
    record_event(program.tenant, "reward.granted", subject=reward.uid, at=at, after={"status": "pending"}, **told)
    return reward


@transaction.atomic
def change_reward(reward: Reward, *, actor: str, at: datetime, **changes: Any) -> Reward:
    """Change `amount`, `matures_at`, `description` or `method_uid` of a reward; what stands already changes nothing.

    A new amount posts the difference. An instant before the grant becomes that of the grant, and one of a reward that
    has matured stays. Raises InvalidAmount, and NotCancellable for an amount of one that is paid out, on its way, or
    redeemed in part.
    """
    reward = lock_reward(reward)
    news = {name: value for name, value in _sound(reward, changes).items() if getattr(reward, name) != value}
    if not news:
        return reward
    before = {name: getattr(reward, name) for name in news}
    if "amount" in news:
        check_amount(news["amount"], reward.currency)
        if is_spent(reward):
            raise NotCancellable
    decision = _note(reward, "changed", actor=actor, at=at, before=_plain(before), after=_plain(news))
    if "amount" in news:
        change_amount(reward, news["amount"], cause=f"changed:{decision.pk}", at=at)
    for name, value in news.items():
        setattr(reward, name, value)
    reward.updated_at = at
    reward.save(update_fields=[*news, "updated_at"])
    states = {"before": _plain(before), "after": _plain(news)}
    record_event(reward.tenant, "reward.updated", subject=reward.uid, at=at, **states)
    return reward


def _sound(reward: Reward, changes: dict[str, Any]) -> dict[str, Any]:
    """The changes that mean something: once it is available, an instant to mature at is past."""
    if "matures_at" not in changes:
        return changes
    if reward.status != Reward.Status.PENDING:
        return {name: value for name, value in changes.items() if name != "matures_at"}
    return {**changes, "matures_at": max(changes["matures_at"], reward.created_at)}


def _note(reward: Reward, outcome: str, *, actor: str, at: datetime, **facts: Any) -> Decision:
    about = reward.referral or reward.tenant
    return record_decision(about, Decision.Kind.GRANT, outcome, at=at, actor=actor, reward=str(reward.uid), **facts)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Without what a tenant wrote freely, which may name somebody."""
    shown = {name: value for name, value in values.items() if name != "description"}
    return {name: value if isinstance(value, int | None) else str(value) for name, value in shown.items()}
