"""What can be told of a reward (contracts/referral-rock.md, 4.20 to 4.26), and what is ours for it."""

from typing import Any

from rest_framework import serializers

from api.referral_rock.bodies import Amount, Flag, Query, Shape, Text, needed
from api.referral_rock.errors import Failure
from api.referral_rock.formats import TimeField, read_amount, read_uuid
from credits.models import Reward
from payouts.models import PayoutItem, PayoutMethod
from tenants.models import Tenant

NOTE = 180
IDS = "The id of a reward."


class RewardFields(Shape):
    payoutId = needed(Text, help_text="The payout by which it is to leave.")
    amount = Amount(help_text="In the payout's currency.")
    eligibilityDate = TimeField(help_text="It can be issued then, unless somebody overrides it.")
    description = Text(max_length=500)


class NewReward(RewardFields):
    amount = Amount(required=True, allow_null=False, help_text="In the payout's currency.")


class UpdateReward(RewardFields):
    """What is absent or null stays as it is."""

    rewardId = needed(Text, help_text=IDS)


class IssueReward(Shape):
    rewardId = needed(Text, help_text=IDS)
    recipientInfo = Text(help_text="Superseded, and passed over.")
    note = Text(max_length=NOTE, help_text="Kept with the payout.")


class IssuePayoutTransaction(Shape):
    payoutId = needed(Text, help_text="All that is pending by this payout is issued.")
    recipientId = Text(help_text="Only what this member, or this referral, is to have.")
    memberId = Text(help_text="Superseded by recipientId.")
    note = Text(max_length=NOTE, help_text="Kept with each payout.")


class RewardId(Shape):
    rewardId = Text(help_text=IDS)


class OverrideQuery(Query):
    overrideIneligible = Flag(help_text="Also what has an eligibilityDate in the future.")


def find_reward(tenant: Tenant, text: str | None) -> Reward:
    """The tenant's reward of that id. Raises Failure for none, and for one that was taken back."""
    found = reward_of(tenant, text)
    if found is None:
        raise Failure("There is no such reward.")
    return found


def reward_of(tenant: Tenant, text: str | None) -> Reward | None:
    uid = read_uuid(text)
    rows = Reward.objects.for_tenant(tenant).standing().select_related("program", "person")
    return rows.filter(uid=uid).first() if uid else None


def find_method(tenant: Tenant, text: str) -> PayoutMethod:
    """The tenant's payout of that id. Raises Failure for none."""
    uid = read_uuid(text)
    rows = PayoutMethod.objects.for_tenant(tenant).select_related("tenant", "program")
    found = rows.filter(uid=uid).first() if uid else None
    if found is None:
        raise Failure("There is no such payout.")
    return found


def method_of(reward: Reward) -> PayoutMethod | None:
    """By which a reward left, or else will leave: as was chosen, or the first of its program's in its currency."""
    item = PayoutItem.objects.filter(reward=reward, is_released=False).select_related("payout__method").first()
    if item:
        return item.payout.method
    rows = PayoutMethod.objects.filter(program=reward.program_id).select_related("tenant", "program")
    chosen = rows.filter(uid=reward.method_uid).first() if reward.method_uid else None
    return chosen or rows.filter(currency=reward.currency).order_by("-is_active", "position", "id").first()


def changes_of(reward: Reward, told: dict[str, Any], method: PayoutMethod) -> dict[str, Any]:
    """What `change_reward` takes. Raises Failure for a payout by which it cannot leave, and ValidationError."""
    changes: dict[str, Any] = {}
    current = method_of(reward)
    if current is None or method.pk != current.pk:
        if (method.program_id, method.currency) != (reward.program_id, reward.currency):
            raise Failure("payoutId: That payout is of another program, or of another currency.")
        if reward.status in (Reward.Status.PROCESSING, Reward.Status.ISSUED):
            raise Failure("payoutId: The reward is issued, or about to be.")
        changes["method_uid"] = method.uid
    if told.get("amount") is not None:
        changes["amount"] = read_amount(told["amount"], reward.currency)
    if told.get("eligibilityDate") is not None:
        changes["matures_at"] = told["eligibilityDate"]
    if told.get("description") is not None:
        changes["description"] = told["description"]
    return changes


def read_reward_ids(items: list[Any]) -> list[str]:
    """Ids as texts, or each under `rewardId`."""
    return [_id_in(item) for item in items]


def _id_in(item: Any) -> str:
    if isinstance(item, dict):
        item = next((value for key, value in item.items() if key.lower() == "rewardid"), None)
    try:
        return str(serializers.CharField(max_length=255).run_validation(item))
    except serializers.ValidationError:
        return ""
