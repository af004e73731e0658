"""The shapes of answers, for the schema alone: `objects/` writes them (contracts/saasquatch.md)."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from api.saasquatch import security  # noqa: F401 (known to the schema by being imported)
from api.saasquatch.words import ENGAGEMENTS, MEDIA, REWARD_TYPES

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]
Shape = serializers.Serializer[Any]
SIDE_STATUS = "^(PENDING|APPROVED|DENIED)$"  # a pattern, since two fields of one choice would need a name for it


def text(*, null: bool = False) -> serializers.CharField:
    return serializers.CharField(allow_null=null)


def number(*, null: bool = False) -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=null)


def words(*choices: str, null: bool = False) -> serializers.ChoiceField:
    return serializers.ChoiceField([(each, each) for each in choices], allow_null=null)


def shape(name: str, fields: Fields, **options: Any) -> Shape:
    return inline_serializer(f"SaaSquatch{name}", fields=fields, **options)


def texts(*names: str, null: bool = False) -> Fields:
    return {name: text(null=null) for name in names}


def numbers(*names: str, null: bool = False) -> Fields:
    return {name: number(null=null) for name in names}


ERROR = shape(
    "Error",
    {
        "statusCode": number(),
        **texts("message", "apiErrorCode"),
        "rsCode": text(null=True),
        "validationErrors": serializers.ListField(child=text(), required=False),
    },
)
STATUSES = {
    400: "Something sent is missing or wrong.",
    401: "No valid API key, or no valid user token.",
    403: "Not allowed, or switched off for this tenant.",
    404: "There is no such tenant, or no such thing of theirs.",
    405: "No such method here.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not JSON.",
    429: "Too many calls; Retry-After says when to come back.",
}


def answers(*, success: int, body: Any = None, may_fall_short: bool = False) -> dict[int, Any]:
    """The success, and every refusal there can be."""
    meanings = STATUSES | ({402: "There is not as much to spend."} if may_fall_short else {})
    refusals = {status: OpenApiResponse(ERROR, description=meaning) for status, meaning in meanings.items()}
    return {success: OpenApiResponse(body, description="Done."), **refusals}


NESTED_NAMES = ("shareLink", "facebookShareLink", "twitterShareLink", "emailShareLink", "linkedinShareLink")
MOBILE_NAMES = ("mobileShareLink", "mobileFacebookShareLink", "mobileTwitterShareLink", "mobileEmailShareLink")
NESTED_LINKS = shape("NestedLinks", texts(*NESTED_NAMES))
FLAT_LINKS = shape(
    "Sharelink",
    {
        **texts(*NESTED_NAMES, *MOBILE_NAMES),
        **{name: type(NESTED_LINKS)() for name in ("EMBED", "POPUP", "HOSTED", "MOBILE", "EMAIL")},
    },
)


def flat_links() -> Shape:
    return type(FLAT_LINKS)(allow_null=True)


MEDIUM_LINKS = shape("MediumLinks", {name: serializers.CharField(required=False) for name in MEDIA})
SHARE_URLS = shape(
    "Shareurls",
    {
        "shareLinks": shape(
            "EngagementLinks",
            {
                "cleanShareLink": text(null=True),
                **{name: type(MEDIUM_LINKS)(required=False) for name in ENGAGEMENTS},
            },
        )
    },
)


def user_fields() -> Fields:
    return {
        **texts("id", "accountId", "firstName", "imageUrl", "referralSource"),
        **texts("lastName", "lastInitial", "email", "emailHash", "referralCode", "cookieId", null=True),
        **texts("paymentProviderId", "locale", "countryCode", "firstSeenIP", "lastSeenIP", null=True),
        "dateCreated": number(),
        "dateBlocked": number(null=True),
        "shareLinks": flat_links(),
    }


USER = shape("User", user_fields())
PUBLIC_USER = shape(
    "UserByCode",
    {**texts("id", "accountId", "firstName", "referralCode", "imageUrl"), "lastInitial": text(null=True)},
)


def open_user_fields() -> Fields:
    return {
        **texts("id", "accountId", "firstName", "imageUrl"),
        **texts("lastName", "lastInitial", "email", "emailHash", "referralCode", "cookieId", null=True),
        **texts("locale", "countryCode", null=True),
        "referralCodes": serializers.DictField(child=text()),
        "referable": serializers.BooleanField(),
        "referredByCodes": serializers.ListField(child=text()),
        "customFields": serializers.DictField(),
        "segments": serializers.ListField(child=text()),
        "dateCreated": number(),
        "dateBlocked": number(null=True),
        "shareLinks": flat_links(),
        "programShareLinks": serializers.DictField(),
    }


# `fields` may leave any of them out.
OPEN_USER = shape("OpenUser", open_user_fields())
for _field in OPEN_USER.fields.values():
    _field.required = False


def reward_fields() -> Fields:
    return {
        **texts("id", "accountId", "userId", "unit"),
        "type": words(*REWARD_TYPES),
        "rewardSource": words("FRIEND_SIGNUP", "REFERRED", "MANUAL"),
        "cancellable": serializers.BooleanField(),
        "dateCreated": number(),
        **numbers("dateScheduledFor", "dateGiven", "dateExpires", "dateCancelled", null=True),
        **numbers("discountPercent", "assignedCredit", "redeemedCredit", "amount", null=True),
        **texts("uniqueId", "programId", "programRewardKey", "globalRewardKey", "referralId", null=True),
        **texts("name", "description", "currency", "fuelTankCode", "fueltankType", null=True),
        "redemptions": shape(
            "Redemption", {"id": text(), "dateRedeemed": number(), "quantityRedeemed": number()}, many=True
        ),
    }


REWARD = shape("Reward", reward_fields())
REWARDS = type(REWARD)(many=True)
BALANCES = shape(
    "RewardBalance",
    {
        "type": words(*REWARD_TYPES),
        "unit": text(),
        **numbers("count", "totalPendingCredit", "totalAssignedCredit", "totalRedeemedCredit"),
        **numbers("totalExpiredCredit", "totalCancelledCredit"),
    },
    many=True,
)
DEBIT = shape("RewardDebitResponse", {**numbers("creditRedeemed", "creditAvailable"), "unit": text()})


FRAUD_SIGNAL = shape("FraudSignal", {"message": text(), "score": number()})


def referral_fields() -> Fields:
    return {
        "id": text(),
        **texts("referralCodeUsed", "shareLinkUsed", "programId", null=True),
        "moderationStatus": words("PENDING", "ACTIONED"),
        "referredModerationStatus": serializers.RegexField(SIDE_STATUS),
        "referrerModerationStatus": serializers.RegexField(SIDE_STATUS),
        "fraudSignals": shape(
            "FraudSignals",
            {name: type(FRAUD_SIGNAL)(required=False) for name in ("name", "ip", "email", "rate")},
            allow_null=True,
        ),
        **numbers("dateReferralStarted", "dateModified"),
        **numbers("dateReferralPaid", "dateReferralEnded", "dateModerated", "dateConverted", null=True),
        "dateUserModified": number(null=True),
        "referrerUser": type(USER)(allow_null=True),
        "referredUser": type(USER)(allow_null=True),
        "referredReward": type(REWARD)(allow_null=True),
        "referrerReward": type(REWARD)(allow_null=True),
    }


REFERRAL = shape("Referral", referral_fields())


def envelope_of(name: str, rows: str, row: Shape) -> Shape:
    return shape(name, {**numbers("count", "totalCount"), rows: type(row)(many=True)})


REFERRALS = envelope_of("ReferralList", "referrals", REFERRAL)
USERS = envelope_of("UserList", "users", USER)
CODE = shape(
    "Code",
    {
        **texts("code", "referrerName"),
        "dateCreated": number(),
        "programId": text(null=True),
        "reward": shape(
            "RewardTemplate",
            {
                "type": words(*REWARD_TYPES),
                "unit": text(),
                **numbers("credit", "discountPercent", "monthsDiscountIsValid", "valueInCents", null=True),
                "rewardDetails": text(null=True),
            },
            allow_null=True,
        ),
    },
)
ACCOUNT = shape(
    "Account",
    {
        "id": text(),
        "subscription": shape(
            "Subscription",
            {
                "status": text(),
                "billingIntervalType": text(null=True),
                "billingIntervalValue": number(null=True),
                "value": serializers.FloatField(allow_null=True),
            },
        ),
        "referral": shape("AccountReferral", {"code": text(null=True)}),
        "currency": text(),
    },
)
ENDPOINTS = shape(
    "WebhookEndpoint",
    {
        "endpointUrl": text(),
        "name": text(null=True),
        "source": text(),
        "webhookTypes": serializers.ListField(child=text()),
    },
    many=True,
)
NOTHING = shape("Nothing", {})
PII = shape(
    "UserPII",
    {
        **user_fields(),
        "referable": serializers.BooleanField(),
        "customFields": serializers.DictField(),
        "referralCodes": serializers.DictField(child=text()),
        "referredByCodes": serializers.ListField(child=text()),
        "referredByReferrals": type(REFERRAL)(many=True),
        **{
            name: serializers.JSONField()
            for name in ("firstSeenIPLocation", "lastSeenIPLocation", "firstSeenUserAgent", "lastSeenUserAgent")
        },
        "rewards": shape("UserRewards", {"totalCount": number(), "data": type(REWARD)(many=True)}),
        "rewardBalances": serializers.ListField(child=serializers.DictField()),
        "referrals": shape("UserReferrals", {"totalCount": number(), "data": type(REFERRAL)(many=True)}),
        "segments": serializers.ListField(child=text()),
    },
)
