"""The shapes of answers about rewards, payouts and rules, for the schema alone (contracts/referral-rock.md, 3)."""

from rest_framework import serializers

from api.referral_rock.bodies import Shape as BodyShape
from api.referral_rock.queries import MemberQuery, ReferralQuery
from api.referral_rock.reward_bodies import NewReward, UpdateReward
from api.referral_rock.schemas import (
    RESULT_INFO,
    dates,
    decimals,
    guids,
    numbers,
    set_of,
    shape,
    texts,
)

REWARD = shape(
    "Reward",
    {
        **guids("id"),
        **guids("payoutId", null=True),
        **texts("payoutDescription"),
        **guids("programId"),
        **texts("programName"),
        **guids("memberId", "referralId", null=True),
        **texts("type"),
        **guids("recipientId", null=True),
        **texts("recipientName", "recipientEmailAddress", "recipientExternalIdentifier"),
        **texts("externalIdentifier", null=True),
        **texts("status"),
        **decimals("amount"),
        **dates("createDate", "issueDate", "eligibilityDate"),
        **texts("description"),
        **guids("transactionID", null=True),
        **dates("updateDate"),
        **texts("referralDisplayName", null=True),
        **texts("currencyCode", "source"),
        **guids("programRewardRuleId", null=True),
        **texts("paymentType", "paymentCode", null=True),
        **texts("completeNote"),
        **texts("reason", "reasonOther", null=True),
    },
)
Reward, ResultInfo = type(REWARD), type(RESULT_INFO)
REWARD_SET = set_of("rewards", Reward())


class RewardAddition(BodyShape):
    """A member's reward, or else that of whoever the referral is about."""

    memberQuery = MemberQuery(required=False, allow_null=True)
    referralQuery = ReferralQuery(required=False, allow_null=True)
    newReward = NewReward()


REWARD_ADDITIONS, REWARD_UPDATES = RewardAddition(many=True), UpdateReward(many=True)
REWARD_ADDITION_RESULTS = shape(
    "RewardAdditionResult",
    {
        "memberQuery": MemberQuery(allow_null=True),
        "referralQuery": ReferralQuery(allow_null=True),
        "reward": Reward(allow_null=True),
        "resultInfo": ResultInfo(),
    },
    many=True,
)
REWARD_UPDATE_RESULTS = shape(
    "RewardUpdateResult", {"reward": Reward(allow_null=True), "resultInfo": ResultInfo()}, many=True
)
ISSUE_RESULT = shape("IssueRewardResult", {"reward": Reward(allow_null=True), "resultInfo": ResultInfo()})
REWARD_IDS: serializers.ListSerializer[str] = serializers.ListSerializer(
    child=serializers.CharField(), help_text='Also as {"rewardIds": […]}, and each as {"rewardId": …}.'
)
REWARD_REMOVAL_RESULTS = shape("RewardRemovalResult", {**texts("rewardId"), "resultInfo": ResultInfo()}, many=True)

PAYOUT = shape(
    "Payout",
    {
        **guids("id"),
        **texts("payoutType", "description"),
        "payoutPrograms": shape(
            "PayoutProgram", {**guids("programId"), **texts("programName", "programTitle")}, many=True
        ),
    },
)
PAYOUT_SET = set_of("payouts", type(PAYOUT)())
PENDING = shape(
    "PayoutPending",
    {
        **guids("payoutId", null=True),
        **texts("Description"),
        **numbers("rewardCount"),
        **decimals("amount"),
        **texts("rewardsList"),
        **guids("programId"),
        **texts("programName"),
        **guids("memberId", null=True),
        **texts("memberName"),
        **guids("recipientId", null=True),
        **texts("RecipientName", "RecipientType"),
    },
)
PENDING_SET = set_of("payoutsPending", type(PENDING)())
TRANSACTION = shape(
    "PayoutTransaction",
    {
        **guids("id"),
        **texts("transactionType"),
        **decimals("amount"),
        **dates("createDate"),
        **guids("recipientId", null=True),
        **texts("transactionDestination", "status", "currencyCode"),
        **texts("vendorErrorStatus", "vendorErrorMessage", null=True),
        **texts("externalIdentifier"),
    },
)
Transaction = type(TRANSACTION)
TRANSACTION_SET = set_of("payoutTransactions", Transaction())
ISSUED = shape(
    "IssuePayoutTransactionResult", {"payoutTransaction": Transaction(allow_null=True), "resultInfo": ResultInfo()}
)
ISSUED_SET = shape(
    "IssuePayoutTransactionResultSet",
    {
        "issuePayoutTransactionResults": serializers.ListSerializer(child=ISSUED, allow_null=True),
        **numbers("offset", "total"),
        **texts("message", null=True),
    },
)
RULES = shape(
    "RewardsRule",
    {
        **guids("ruleId"),
        "isEnabled": serializers.BooleanField(),
        **texts("description"),
        **dates("ruleStartDate", "ruleEndDate"),
        **guids("programId"),
        **guids("payoutId", null=True),
        **texts("payoutType", "payoutDescription"),
        "reward": shape(
            "RuleReward", {**texts("amountCalculationMethod"), **decimals("fixedAmount", "startingPercentAmount")}
        ),
        "trigger": shape("RuleTrigger", texts("referralStatus")),
        **texts("deliveryType"),
        **numbers("deliveryDelay"),
    },
    many=True,
)
