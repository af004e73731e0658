"""What a referral has earned and was not granted yet: one plan for the grant, the amount at risk and explanations."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from credits.models import Payment, Reward, RewardRule
from credits.services.standing import taken_from
from credits.services.terms import Earning, compute_earning
from referrals.models import Action, Referral, Side


@dataclass
class _Earned:
    """What was earned so far under each rule's lineage: kept while planning, since one action limits the next.

    What a refund took back counts all the same: otherwise what is earned would depend on when the refund is told.
    """

    rewards: Iterable[Reward]

    def __post_init__(self) -> None:
        self.done: set[tuple[int, UUID]] = set()
        self.sums: dict[tuple[UUID, str], int] = defaultdict(int)
        self.lineages: set[UUID] = set()
        for reward in self.rewards:
            assert reward.rule
            assert reward.action_id
            self.done.add((reward.action_id, reward.rule.lineage))
            self.lineages.add(reward.rule.lineage)
            is_refunded = reward.reversed_amount == reward.amount and reward.cancelled_at is None
            if reward.status != Reward.Status.REVERTED or is_refunded:
                self.sums[reward.rule.lineage, reward.currency] += reward.amount

    def add(self, earning: Earning) -> None:
        self.sums[earning.rule.lineage, earning.currency] += earning.amount
        if earning.amount:
            self.lineages.add(earning.rule.lineage)


def plan_grants(referral: Referral, *, sides: Iterable[str] = tuple(Side)) -> list[Earning]:
    """Each earning of each action under each rule that was not granted yet, in order; also those of zero, with why.

    A rule applies to the actions recorded while it was in force, so neither a new rule nor a new version of one reaches
    back, also when a review held the action meanwhile.
    """
    actions = list(referral.actions.order_by("occurred_at", "id"))
    rules = list(RewardRule.objects.filter(program=referral.program_id, side__in=list(sides)).order_by("id"))
    return plan_earnings(actions, rules, Reward.objects.by_rule().filter(referral=referral).select_related("rule"))


def plan_earnings(actions: list[Action], rules: list[RewardRule], rewards: Iterable[Reward]) -> list[Earning]:
    """The same of rows that are read already: the actions as they occurred, the rules as they were made."""
    earned = _Earned(rewards)
    plan = []
    for action in actions:
        for rule in rules:
            if not was_in_force(rule, action.recorded_at) or (action.pk, rule.lineage) in earned.done:
                continue
            earning = _plan_one(rule, action, actions[0], earned)
            earned.add(earning)
            plan.append(earning)
    return plan


def _plan_one(rule: RewardRule, action: Action, first: Action, earned: _Earned) -> Earning:
    currency = rule.currency or action.currency
    return compute_earning(
        rule,
        action,
        first=first,
        earned=earned.sums[rule.lineage, currency],
        earned_before=rule.lineage in earned.lineages,
    )


def was_in_force(rule: RewardRule, at: datetime) -> bool:
    return rule.created_at <= at and (rule.retired_at is None or at < rule.retired_at)


def amount_at_risk(referral: Referral) -> tuple[int, str]:
    """What approving would grant, in the currency in which it is most: amounts are never added across currencies."""
    payments = {payment.action_id: payment for payment in Payment.objects.filter(action__referral=referral)}
    totals: dict[str, int] = defaultdict(int)
    for earning in plan_grants(referral):
        totals[earning.currency] += earning.amount - taken_from(earning.amount, payments.get(earning.action.pk))
    if not totals:
        return 0, referral.program.currency
    currency = max(totals, key=lambda name: totals[name])
    return totals[currency], currency
