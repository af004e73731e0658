"""What each payment earned under each rule, with the arithmetic; what it did not, and why."""

from credits.models import Reward
from credits.models.money import display
from credits.services.caps import CAPPED
from credits.services.explaining.audience import Audience, Json, instant
from credits.services.explaining.decisions import plain_reason
from credits.services.explaining.dossier import Dossier
from credits.services.explaining.reckoning import reckon
from referrals.models import Decision

STANDS = {
    Reward.Status.PENDING: "on its way",
    Reward.Status.AVAILABLE: "available",
    Reward.Status.PROCESSING: "being paid out",
    Reward.Status.ISSUED: "paid out",
    Reward.Status.REVERTED: "taken back",
}


def tell_earnings(dossier: Dossier, audience: Audience, rewards: list[Reward]) -> Json:
    """Each action with each rule; the caps; and the rewards. `rewards` are those that are asked about."""
    if audience == Audience.MEMBER:
        return {"rewards": [_for_member(reward) for reward in rewards]}
    told = {"rewards": [_reward(reward, audience) for reward in rewards]}
    if dossier.referral is None:
        return told
    error = dossier.referral.error
    about = {
        "actions": reckon(dossier, audience),
        "caps": _caps(dossier),
        "error": error if audience == Audience.AUDITOR else plain_reason("failed", error),
    }
    return about | told


def tell_earning(dossier: Dossier, audience: Audience, reward: Reward) -> Json:
    """The same of a single reward: its own action under its own rule."""
    told = tell_earnings(dossier, audience, [reward])
    if "actions" not in told:
        return told
    key = reward.action.key if reward.action else None
    actions = [action for action in told["actions"] if action["action"] == key]
    of_it = [
        {**each, "rules": [line for line in each["rules"] if line["reward"] == str(reward.uid)]} for each in actions
    ]
    return told | {"actions": of_it}


def _for_member(reward: Reward) -> Json:
    """What one's own reward came to; how it was reckoned would tell what somebody else paid."""
    return {
        "reward": str(reward.uid),
        "amount": reward.stands_at or reward.amount,
        "currency": reward.currency,
        "state": STANDS[Reward.Status(reward.status)],
        "since": instant(reward.created_at),
    }


def _reward(reward: Reward, audience: Audience) -> Json:
    told = {
        "reward": str(reward.uid),
        "side": reward.side,
        "amount": reward.amount,
        "currency": reward.currency,
        "stands_at": reward.stands_at,
        "reversed_amount": reward.reversed_amount,
        "redeemed_amount": reward.redeemed_amount,
        "status": reward.status,
        "mode": reward.mode,
        "base_amount": reward.base_amount,
        "rate": str(reward.rate) if reward.rate is not None else None,
        "rule": str(reward.rule) if reward.rule else None,
        "given_by": reward.granted_by or None,
        "description": reward.description,
        "hold_days": reward.hold_days,
        "granted_at": instant(reward.created_at),
        "matures_at": instant(reward.matures_at),
        "available_at": instant(reward.available_at),
        "issued_at": instant(reward.issued_at),
        "reverted_at": instant(reward.reverted_at),
        "cancelled_at": instant(reward.cancelled_at),
        "frozen_at": instant(reward.frozen_at),
    }
    if audience == Audience.AUDITOR:
        told["person"] = str(reward.person.uid)
        told["method"] = str(reward.method_uid) if reward.method_uid else None
    return told


def _caps(dossier: Dossier) -> Json:
    """The program's caps, how the referrer stood towards them when last counted, and whether one was reached."""
    program = dossier.referral.program
    counted = [decision.data["caps"] for decision in dossier.decided(Decision.Kind.GRANT) if decision.data.get("caps")]
    return {
        "monthly": program.monthly_cap,
        "lifetime": program.lifetime_cap,
        "reached": dossier.referral.skip_reason == CAPPED,
        "counted": counted[-1] if counted else {},
    }


def worth(rewards: list[Reward]) -> str:
    """What rewards come to in words, a sum for each currency."""
    sums: dict[str, int] = {}
    for reward in rewards:
        sums[reward.currency] = sums.get(reward.currency, 0) + reward.stands_at
    return " and ".join(display(amount, currency) for currency, amount in sums.items() if amount) or "nothing"
