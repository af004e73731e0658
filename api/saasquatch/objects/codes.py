"""The Code object (contracts/saasquatch.md, section 2): a code, its owner, and what it is worth to who uses it."""

from typing import Any

from api.saasquatch.formats import show_time
from api.saasquatch.objects.users import show_owner
from api.saasquatch.words import CREDIT, PERCENT, unit_of
from credits.models import RewardRule
from referrals.models import Code, Side


def show_code(code: Code) -> dict[str, Any]:
    """The code comes with member__program and member__person."""
    return {
        "code": code.code,
        "dateCreated": show_time(code.created_at),
        "programId": str(code.member.program.uid),
        "referrerName": show_owner(code.member.person),
        "reward": _show_template(code),
    }


def _show_template(code: Code) -> dict[str, Any] | None:
    """What the referred person's first rule in force promises; null where they get nothing."""
    rule = RewardRule.objects.in_force(code.member.program).filter(side=Side.REFERRED).first()
    if rule is None:
        return None
    is_fixed = rule.kind == RewardRule.Kind.FIXED
    return {
        "type": CREDIT if is_fixed else PERCENT,
        "unit": unit_of(rule.currency) if is_fixed else "%",
        "credit": rule.amount if is_fixed else None,
        "discountPercent": None if is_fixed else round((rule.initial_rate or 0) * 100),
        "monthsDiscountIsValid": None,
        "valueInCents": None,
        "rewardDetails": None,
    }
