"""What an action earns: pure arithmetic over a rule, an action and what was earned before. Reads and writes no row."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from credits.models import RewardRule
from credits.models.money import display, share
from referrals.models import Action


@dataclass(frozen=True)
class Earning:
    """What one action earns under one rule: an amount in minor units with how it came about, or why nothing.

    `first`, `earned` and `earned_before` are what it was computed from beside the rule and the action.
    """

    rule: RewardRule
    action: Action
    amount: int
    currency: str
    rate: Decimal | None
    why: str
    first: Action
    earned: int
    earned_before: bool

    def as_data(self) -> dict[str, object]:
        return {
            "rule": str(self.rule.uid),
            "rule_name": str(self.rule),
            "side": self.rule.side,
            "action": self.action.key,
            "amount": self.amount,
            "currency": self.currency,
            "why": self.why,
            "earned": self.earned,
            "earned_before": self.earned_before,
        }


def compute_earning(rule: RewardRule, action: Action, *, first: Action, earned: int, earned_before: bool) -> Earning:
    """Apply a rule to an action.

    `first` is the referral's first action, `earned` what this side has earned from the referral under any version of
    the rule, in the same currency, and `earned_before` whether it has earned under it at all.
    """
    currency = rule.currency or action.currency
    refusal = _refusal(rule, action, first=first, earned_before=earned_before)
    if refusal:
        return Earning(rule, action, 0, currency, None, refusal, first, earned, earned_before)
    amount, rate, why = _gross(rule, action, first=first)
    if rule.max_per_referred is not None and earned + amount > rule.max_per_referred:
        amount = max(0, rule.max_per_referred - earned)
        why += f"; at most {display(rule.max_per_referred, currency)} per referred person leaves"
        why += f" {display(amount, currency)}"
    return Earning(rule, action, amount, currency, rate, why, first, earned, earned_before)


def _refusal(rule: RewardRule, action: Action, *, first: Action, earned_before: bool) -> str:
    is_percentage = rule.kind == RewardRule.Kind.PERCENTAGE
    reasons = [
        (rule.once and (earned_before or action.pk != first.pk), "it earns once only"),
        (is_percentage and rule.currency not in ("", action.currency), f"it earns in {rule.currency} only"),
        (
            rule.duration_days is not None
            and action.occurred_at >= first.occurred_at + timedelta(days=rule.duration_days),
            f"it earns for {rule.duration_days} days only",
        ),
    ]
    return next((why for failed, why in reasons if failed), "")


def _gross(rule: RewardRule, action: Action, *, first: Action) -> tuple[int, Decimal | None, str]:
    if rule.kind == RewardRule.Kind.FIXED:
        amount = rule.amount or 0
        return amount, None, f"fixed {display(amount, rule.currency)}"
    rate = _rate(rule, action, first=first)
    amount = share(rate, action.amount)
    percent = f"{(rate * 100).normalize():f}%"
    return amount, rate, f"{percent} of {display(action.amount, action.currency)}"


def _rate(rule: RewardRule, action: Action, *, first: Action) -> Decimal:
    """The initial rate during its period, counted from the first action; afterwards the ongoing rate, or nothing."""
    initial = rule.initial_rate or Decimal(0)
    if rule.initial_rate_days is None or action.occurred_at < first.occurred_at + timedelta(
        days=rule.initial_rate_days
    ):
        return initial
    return rule.ongoing_rate or Decimal(0)
