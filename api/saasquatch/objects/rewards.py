"""The Reward object (contracts/saasquatch.md, section 4). Quantities are minor units of the reward's currency."""

from typing import Any

from django.db.models import BigIntegerField, Case, Count, ExpressionWrapper, F, Q, QuerySet, Sum, When

from api.saasquatch.formats import show_id, show_number_id, show_time, show_time_or_none
from api.saasquatch.gather import Redemptions
from api.saasquatch.objects.users import account_of
from api.saasquatch.words import CREDIT, GIVEN, MANUAL, PAID_OUT, SOURCES, unit_of
from credits.models import LedgerEntry, Reward
from credits.models.money import PRODUCT_CREDITS
from credits.services.standing import is_spent
from referrals.models import Side

STANDS = ExpressionWrapper(F("amount") - F("reversed_amount"), output_field=BigIntegerField())
SPENT = Case(When(status__in=PAID_OUT, then=STANDS), default=F("redeemed_amount"))


def show_reward(reward: Reward, redemptions: Redemptions) -> dict[str, Any]:
    """The reward comes with person, program, referral and rule; one given by hand has no rule."""
    return {
        "id": show_id(reward.uid),
        "type": CREDIT,
        "uniqueId": None,
        "dateCreated": show_time(reward.created_at),
        "dateScheduledFor": show_time(reward.matures_at) if reward.matures_at > reward.created_at else None,
        "dateGiven": show_time_or_none(reward.available_at),
        "dateExpires": None,
        "dateCancelled": show_time_or_none(reward.reverted_at),
        "accountId": account_of(reward.person),
        "userId": reward.person.public_id,
        "cancellable": not is_spent(reward),
        "rewardSource": SOURCES[Side(reward.side)] if reward.rule else MANUAL,
        "programId": str(reward.program.uid),
        "programRewardKey": str(reward.rule.lineage) if reward.rule else None,
        "globalRewardKey": None,
        "referralId": show_id(reward.referral.uid) if reward.referral else None,
        "unit": unit_of(reward.currency),
        "discountPercent": None,
        "assignedCredit": reward.amount - reward.reversed_amount,
        "redeemedCredit": _redeemed(reward),
        "name": reward.rule.name if reward.rule else reward.description,
        "description": None,
        "currency": None if reward.currency == PRODUCT_CREDITS else reward.currency,
        "amount": None,
        "fuelTankCode": None,
        "fueltankType": None,
        "redemptions": [_show_redemption(entry) for entry in redemptions.get(reward.pk, [])],
    }


def show_balances(rewards: QuerySet[Reward]) -> list[dict[str, Any]]:
    """A balance for each unit. Nothing here expires."""
    sums = rewards.order_by().values("currency").annotate(
        count=Count("pk", filter=~Q(status=Reward.Status.REVERTED)),
        pending=_sum(STANDS, status=Reward.Status.PENDING),
        assigned=_sum(STANDS, status__in=GIVEN),
        redeemed=_sum(SPENT, status__in=GIVEN),
        cancelled=_sum(STANDS, status=Reward.Status.REVERTED),
    )  # fmt: skip
    return [
        {
            "type": CREDIT,
            "unit": unit_of(row["currency"]),
            "count": row["count"],
            "totalPendingCredit": row["pending"],
            "totalAssignedCredit": row["assigned"],
            "totalRedeemedCredit": row["redeemed"],
            "totalExpiredCredit": 0,
            "totalCancelledCredit": row["cancelled"],
        }
        for row in sums.order_by("currency")
    ]


def _sum(amount: Any, **condition: Any) -> Sum:
    return Sum(amount, filter=Q(**condition), default=0)


def _redeemed(reward: Reward) -> int:
    """What its owner spent, or what left for them in a payout."""
    return reward.amount - reward.reversed_amount if reward.status in PAID_OUT else reward.redeemed_amount


def _show_redemption(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "id": show_number_id(entry.pk, entry.effective_at),
        "dateRedeemed": show_time(entry.effective_at),
        "quantityRedeemed": entry.amount,
    }
