"""Each payment under each reward rule: what was granted, what waits and for what, and what does not apply and why."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from credits.models import Reward, RewardRule
from credits.services.caps import CAPPED
from credits.services.explaining.audience import Audience, Json, instant
from credits.services.explaining.dossier import Dossier
from credits.services.planning import plan_earnings, was_in_force
from credits.services.standing import taken_from
from credits.services.terms import Earning
from referrals.models import Decision, Moderation, Side

GRANTED, WAITS, NOTHING, NOT_APPLIED = "granted", "waits", "nothing", "not applied"
REVERSAL_STATES = ("open", "stands", "undone")


def reckon(dossier: Dossier, audience: Audience) -> list[Json]:
    """Each action, the earliest first, with a line for each version of each rule of the program."""
    reckoning = Reckoning(dossier)
    return [
        {
            "action": action.key,
            "kind": action.kind,
            "amount": action.amount,
            "currency": action.currency,
            "occurred_at": instant(action.occurred_at),
            "recorded_at": instant(action.recorded_at),
            "went_back": action.reversed_amount,
            "reversals": [_reversal(each, audience) for each in action.reversals],
            "rules": [reckoning.line(action, rule) for rule in dossier.rules],
        }
        for action in dossier.actions
    ]


@dataclass(frozen=True)
class Reckoning:
    """What was granted, and what the very plan that grants would grant now."""

    dossier: Dossier

    @cached_property
    def given(self) -> dict[tuple[int, int], Reward]:
        return {(each.action_id, each.rule_id): each for each in self.dossier.rewards if each.rule_id is not None}

    @cached_property
    def planned(self) -> dict[tuple[int, int], Earning]:
        plan = plan_earnings(self.dossier.actions, self.dossier.rules, self.given.values())
        return {(earning.action.pk, earning.rule.pk): earning for earning in plan}

    @cached_property
    def arithmetic(self) -> dict[tuple[str, str], str]:
        """How each earning was reckoned, as the decision to grant it kept it; the last word on each."""
        return {
            (earning["action"], earning["rule"]): earning["why"]
            for decision in self.dossier.decided(Decision.Kind.GRANT)
            for earning in decision.data.get("earnings", [])
        }

    def line(self, action: Any, rule: RewardRule) -> Json:
        about = {"rule": str(rule.uid), "name": rule.name, "version": rule.version, "side": rule.side}
        reward = self.given.get((action.pk, rule.pk))
        earning = self.planned.get((action.pk, rule.pk))
        if reward is not None:
            return about | self._granted(action, rule, reward)
        return about | (self._planned(action, earning) if earning else _not_applied(action, rule))

    def _granted(self, action: Any, rule: RewardRule, reward: Reward) -> Json:
        why = self.arithmetic.get((action.key, str(rule.uid)), "")
        facts = {"outcome": GRANTED, "amount": reward.amount, "currency": reward.currency, "why": why}
        return facts | {"reward": str(reward.uid), "waits_for": []}

    def _planned(self, action: Any, earning: Earning) -> Json:
        waits = waits_of(self.dossier, earning.rule.side) if earning.amount else []
        outcome = NOTHING if not earning.amount or CAPPED in waits else WAITS
        taken = taken_from(earning.amount, getattr(action, "payment", None))
        facts = {"outcome": outcome, "amount": earning.amount, "currency": earning.currency, "why": earning.why}
        return facts | {"would_go_back": taken, "reward": None, "waits_for": waits}


def _not_applied(action: Any, rule: RewardRule) -> Json:
    """Why a rule was not even asked about an action: it was not in force, or another version of it was applied."""
    why = "another version of this rule was applied to this payment"
    if rule.created_at > action.recorded_at:
        why = f"version {rule.version} was made later, at {instant(rule.created_at)}"
    elif not was_in_force(rule, action.recorded_at):
        why = f"version {rule.version} was retired before, at {instant(rule.retired_at)}"
    facts = {"outcome": NOT_APPLIED, "amount": 0, "currency": rule.currency or action.currency, "why": why}
    return facts | {"reward": None, "waits_for": []}


def waits_of(dossier: Dossier, side: str) -> list[str]:
    """What keeps what a side has earned from being granted."""
    referral = dossier.referral
    moderation = referral.moderation(side)
    waits = [
        (referral.qualified_at is None, "the referral to qualify"),
        (dossier.open_review is not None, "the decision of a review"),
        (moderation == Moderation.PENDING, f"approval of the {side}'s side"),
        (moderation == Moderation.DENIED, f"the {side}'s side, which was denied"),
        (bool(referral.error), "the grant to be tried again, since it failed"),
        (referral.skip_reason == CAPPED and side == Side.REFERRER, CAPPED),
    ]
    return [what for holds, what in waits if holds]


def _reversal(stored: Json, audience: Audience) -> Json:
    if audience == Audience.AUDITOR:
        return stored
    return {"kind": stored["kind"], "amount": stored["amount"], "state": REVERSAL_STATES[stored["state"]]}
