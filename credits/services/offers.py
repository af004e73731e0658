"""What a program offers, as far as one number can say it."""

from credits.models import RewardRule
from referrals.models import Program


def offer_of(program: Program, side: str) -> int:
    """The most that one referred person can earn a side, in minor units of the program's currency.

    The sum over its rules in force: a fixed amount, or the maximum of a percentage. A percentage without one adds
    nothing, for it has no such number.
    """
    rules = RewardRule.objects.in_force(program).filter(side=side, currency__in=["", program.currency])
    return sum(rule.amount or rule.max_per_referred or 0 for rule in rules)
