"""What the decision about a grant keeps, and computing it again from that alone."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from credits.models import TERMS, Reward, RewardRule
from credits.services.caps import CAPPED, Count, first_reached
from credits.services.terms import Earning, compute_earning
from referrals.models import Action, Side

RATES = ("initial_rate", "ongoing_rate")


def describe_plan(plan: list[Earning], *, cap: str, counts: dict[str, Count], rewards: list[Reward]) -> dict[str, Any]:
    """A plan as JSON: each earning, and once each the terms and the actions that it was computed from."""
    first = plan[0].first
    actions = {earning.action.key: earning.action for earning in plan} | {first.key: first}
    rules = {str(earning.rule.uid): earning.rule for earning in plan}
    return {
        "cap": cap,
        "caps": {name: count._asdict() for name, count in counts.items()},
        "earnings": [earning.as_data() for earning in plan],
        "rewards": [str(reward.uid) for reward in rewards],
        "first_action": first.key,
        "actions": {key: _describe_action(action) for key, action in actions.items()},
        "rules": {uid: _describe_rule(rule) for uid, rule in rules.items()},
    }


def is_recorded(data: dict[str, Any]) -> bool:
    """Whether a decision keeps what it was computed from; the first ones kept the result alone."""
    return "first_action" in data


def recompute_plan(data: dict[str, Any]) -> tuple[list[int], str]:
    """What each earning of a stored plan comes to, by the stored terms and actions, and the cap that stood against it.

    A referral that was capped before stays so: that is an input too.
    """
    keys = list(data["actions"])
    actions = {key: _action(number, key, data["actions"][key]) for number, key in enumerate(keys, start=1)}
    first = actions[data["first_action"]]
    amounts = [
        compute_earning(
            _rule(data["rules"][earning["rule"]]),
            actions[earning["action"]],
            first=first,
            earned=earning["earned"],
            earned_before=earning["earned_before"],
        ).amount
        for earning in data["earnings"]
    ]
    reached = first_reached({name: Count(**count) for name, count in data["caps"].items()})
    return amounts, CAPPED if data["cap"] == CAPPED else reached


def is_granted(amount: int, *, side: str, cap: str) -> bool:
    """Whether an earning becomes a reward: a cap is about the referrer alone."""
    return amount > 0 and not (cap and side == Side.REFERRER)


def _describe_rule(rule: RewardRule) -> dict[str, Any]:
    terms = {name: getattr(rule, name) for name in TERMS}
    return {"name": rule.name, "version": rule.version} | {
        name: str(value) if isinstance(value, Decimal) else value for name, value in terms.items()
    }


def _describe_action(action: Action) -> dict[str, Any]:
    return {"amount": action.amount, "currency": action.currency, "occurred_at": action.occurred_at.isoformat()}


def _rule(terms: dict[str, Any]) -> RewardRule:
    """A rule of these terms, that is in no database."""
    rates = {name: Decimal(terms[name]) for name in RATES if terms[name] is not None}
    return RewardRule(**{**terms, **rates})


def _action(number: int, key: str, facts: dict[str, Any]) -> Action:
    occurred_at = datetime.fromisoformat(facts["occurred_at"])
    return Action(pk=number, key=key, amount=facts["amount"], currency=facts["currency"], occurred_at=occurred_at)
