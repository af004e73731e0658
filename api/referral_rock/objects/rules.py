"""The RewardsRule object (contracts/referral-rock.md, 4.27)."""

from typing import Any

from api.referral_rock.formats import show_amount, show_time, show_time_or_none
from api.referral_rock.words import APPROVED, PAYOUT_TYPES
from credits.models import RewardRule
from payouts.models import PayoutMethod

CALCULATIONS: dict[str, str] = {RewardRule.Kind.FIXED: "Fixed", RewardRule.Kind.PERCENTAGE: "Percentage"}
BY_HAND, BY_ITSELF = "Manual", "Automatic"


def rule_json(rule: RewardRule, methods: dict[str, PayoutMethod]) -> dict[str, Any]:
    """The latest version of a rule, which comes with its program. `methods` are the first of each currency."""
    program = rule.program
    method = methods.get(rule.currency or program.currency)
    rate = rule.initial_rate or 0
    waits = method is None or method.schedule == PayoutMethod.Schedule.ON_REQUEST
    return {
        "ruleId": str(rule.lineage),
        "isEnabled": rule.retired_at is None,
        "description": rule.name,
        "ruleStartDate": show_time(rule.created_at),
        "ruleEndDate": show_time_or_none(rule.retired_at),
        "programId": str(program.uid),
        "payoutId": str(method.uid) if method else None,
        "payoutType": PAYOUT_TYPES[method.kind] if method else "",
        "payoutDescription": method.name if method else "",
        "reward": {
            "amountCalculationMethod": CALCULATIONS[rule.kind],
            "fixedAmount": show_amount(rule.amount or 0, rule.currency or program.currency),
            "startingPercentAmount": float(rate * 100),
        },
        "trigger": {"referralStatus": APPROVED.title()},
        "deliveryType": BY_HAND if waits else BY_ITSELF,
        "deliveryDelay": program.hold_days if rule.hold_days is None else rule.hold_days,
    }
