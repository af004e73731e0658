"""What keeps each pending reward from maturing, and since when: the conditions of `mature_pending`, one by one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credits.models import Review, Reward
from credits.services.explaining.audience import NOT_RECORDED, Audience, Json, choose, day, instant
from credits.services.explaining.dossier import Dossier
from referrals.models import Decision, Member, Moderation, Side

HOLD = "hold"
MEMBER_SAYS = {
    "review": "it is being checked",
    "dispute": "the payment is being confirmed",
    "moderation": "it is being checked",
    "program": "the program is paused",
    "tenant": "the program is paused",
    "person": "please ask our support team",
    "membership": "your membership is not active",
}


@dataclass(frozen=True)
class Guard:
    """One condition: whether it keeps the reward from maturing, since when as far as that is known, and until when."""

    name: str
    holds: bool
    says: str
    since: datetime | None = None
    until: datetime | None = None


def guards_of(dossier: Dossier, reward: Any) -> list[Guard]:
    """Every guard on a pending reward as of the dossier's instant. It matures then if, and only if, none holds."""
    by_rule = reward.rule_id is not None
    return [
        _hold(dossier, reward),
        _review(dossier.open_review if reward.referral else None),
        Guard("dispute", reward.frozen_at is not None, "a dispute about its payment is open", reward.frozen_at),
        _moderation(dossier, reward) if by_rule else _not_of_a_rule("moderation"),
        Guard("program", not reward.program.is_active, "the program is paused", reward.program_paused_since),
        Guard("tenant", not reward.tenant.is_active, "the tenant is switched off", reward.tenant_paused_since),
        Guard("person", reward.person.blocked_at is not None, "its person is blocked", reward.person.blocked_at),
        _membership(dossier, reward) if by_rule else _not_of_a_rule("membership"),
    ]


def matures_on(guards: list[Guard], *, at: datetime) -> datetime | None:
    """When a reward would mature if nothing else changed; None while it takes somebody to lift a guard."""
    if any(guard.holds for guard in guards if guard.name != HOLD):
        return None
    hold = next(guard for guard in guards if guard.name == HOLD)
    return max(hold.until or at, at)


def tell_maturation(dossier: Dossier, audience: Audience, rewards: list[Reward]) -> list[Json]:
    """Each pending reward of those that are asked about, with its guards and when it would mature."""
    pending = [reward for reward in rewards if reward.status == Reward.Status.PENDING]
    told: list[Json] = [choose(audience, VIEWS, dossier, reward) for reward in pending]
    return told


def _for_staff(dossier: Dossier, reward: Reward) -> Json:
    guards = guards_of(dossier, reward)
    return {
        "reward": str(reward.uid),
        "guards": [_tell(guard) for guard in guards],
        "held_by": [guard.name for guard in guards if guard.holds],
        "matures_at": instant(matures_on(guards, at=dossier.at)),
    }


def _for_member(dossier: Dossier, reward: Reward) -> Json:
    guards = guards_of(dossier, reward)
    held = [guard for guard in guards if guard.holds]
    says = [
        f"the waiting period until {day(reward.matures_at)}" if g.name == HOLD else MEMBER_SAYS[g.name] for g in held
    ]
    return {
        "reward": str(reward.uid),
        "waits_for": list(dict.fromkeys(says)),
        "available_on": instant(matures_on(guards, at=dossier.at)),
    }


def _tell(guard: Guard) -> Json:
    since = instant(guard.since) or NOT_RECORDED if guard.holds else None
    state = {"guard": guard.name, "holds": guard.holds, "since": since}
    return state | {"until": instant(guard.until) if guard.holds else None, "says": guard.says if guard.holds else ""}


def _hold(dossier: Dossier, reward: Reward) -> Guard:
    says = f"its hold lasts until {instant(reward.matures_at)}"
    return Guard(HOLD, reward.matures_at > dossier.at, says, reward.created_at, reward.matures_at)


def _review(review: Review | None) -> Guard:
    return Guard("review", review is not None, "a review is open", review.opened_at if review else None)


def _moderation(dossier: Dossier, reward: Reward) -> Guard:
    moderation = dossier.referral.moderation(reward.side)
    says = f"the {reward.side}'s side is {moderation}"
    return Guard("moderation", moderation != Moderation.APPROVED, says, _moderated_since(dossier, reward.side))


def _membership(dossier: Dossier, reward: Any) -> Guard:
    is_disabled = dossier.referral.referrer.status == Member.Status.DISABLED
    says = "the referrer's membership is disabled"
    return Guard("membership", is_disabled and reward.side == Side.REFERRER, says, reward.member_disabled_since)


def _not_of_a_rule(name: str) -> Guard:
    return Guard(name, holds=False, says="")


def _moderated_since(dossier: Dossier, side: str) -> datetime:
    """Since when a side stands as it does: a person set it so, a case that was opened for risk did, or it began so."""
    referral = dossier.referral
    verdicts = [each for each in dossier.decided(Decision.Kind.MODERATION) if each.data.get("side") == side]
    verdicts = [each for each in verdicts if each.outcome in Moderation.values]
    since: datetime = verdicts[-1].decided_at if verdicts else referral.attributed_at
    if referral.moderation(side) != Moderation.PENDING or (verdicts and verdicts[-1].outcome == Moderation.PENDING):
        return since
    held = [review.opened_at for review in dossier.reviews if review.opened_at >= since and _was_for_risk(review)]
    return held[0] if held else since


def _was_for_risk(review: Review) -> bool:
    return bool(review.evidence.get("assessment", {}).get("held"))


VIEWS = {Audience.MEMBER: _for_member, Audience.SUPPORT: _for_staff, Audience.AUDITOR: _for_staff}
