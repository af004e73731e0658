"""The shapes of answers, for the schema alone: `objects/` writes them (contracts/referral-rock.md, section 3)."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from api.referral_rock.bodies import Shape as BodyShape
from api.referral_rock.member_bodies import UpdateMember
from api.referral_rock.objects.access import FIELDS as ACCESS_FIELDS
from api.referral_rock.queries import MemberQuery

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]
Shape = serializers.Serializer[Any]


def text(*, null: bool = False) -> serializers.CharField:
    return serializers.CharField(allow_null=null)


def number() -> serializers.IntegerField:
    return serializers.IntegerField()


def decimal() -> serializers.FloatField:
    return serializers.FloatField()


def guid(*, null: bool = False) -> serializers.UUIDField:
    return serializers.UUIDField(allow_null=null)


def shape(name: str, fields: Fields, **options: Any) -> Shape:
    return inline_serializer(f"Rock{name}", fields=fields, **options)


def texts(*names: str, null: bool = False) -> Fields:
    return {name: text(null=null) for name in names}


def numbers(*names: str) -> Fields:
    return {name: number() for name in names}


def decimals(*names: str) -> Fields:
    return {name: decimal() for name in names}


def guids(*names: str, null: bool = False) -> Fields:
    return {name: guid(null=null) for name in names}


ERROR = shape("Error", {"message": text()})
STATUSES = {
    400: "Something sent is missing or wrong.",
    401: "No valid API key.",
    403: "The key may not do this.",
    404: "There is no such thing of the tenant's.",
    405: "No such method here.",
    406: "Answers are JSON.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    429: "Too many calls; Retry-After says when to come back.",
}


def answers(success: int, body: Any, *, failure: Any = None) -> dict[int, Any]:
    """The success and every refusal. `failure` is what a refusal by the domain is answered with, as a 200."""
    refusals = {status: OpenApiResponse(ERROR, description=meaning) for status, meaning in STATUSES.items()}
    failed = {200: OpenApiResponse(failure, description="It could not be done.")} if failure else {}
    return {**failed, success: OpenApiResponse(body, description="Done."), **refusals}


def set_of(name: str, item: Shape) -> Shape:
    """`{offset, total, message, <collection>}`; the collection is null where it could not be made."""
    many: Any = serializers.ListSerializer(child=item, allow_null=True)
    fields: Fields = {**numbers("offset", "total"), **texts("message", null=True), name: many}
    return shape(f"{name[0].upper()}{name[1:]}Set", fields)


PROGRAM = shape(
    "Program",
    {
        "id": guid(),
        "isActive": serializers.BooleanField(),
        **texts("name", "type", "title", "memberOffer", "referralOffer", "directUrl", "widgetUrl"),
    },
)
PROGRAM_SET = set_of("programs", type(PROGRAM)())


def dates(*names: str) -> Fields:
    """Instants with seven digits after the point."""
    return {name: serializers.DateTimeField(allow_null=True) for name in names}


def recruiter(prefix: str) -> Fields:
    return {
        f"{prefix}Id": guid(null=True),
        **texts(f"{prefix}Name", f"{prefix}Email"),
        f"{prefix}ExternalId": text(null=True),
    }


PAYOUT_INFO = shape(
    "MemberPayoutInfo",
    {**texts("payoutType", "email"), "useDefaultValues": serializers.BooleanField()},
    allow_null=True,
)
MEMBER = shape(
    "Member",
    {
        "id": guid(),
        **texts("displayName", "firstName", "lastName", "email", "phone", "externalIdentifier"),
        **dates("dateOfBirth"),
        **texts("addressLine1", "addressLine2", "city", "countrySubdivision", "country", "postalCode"),
        "region": text(null=True),
        "disabledFlag": serializers.BooleanField(),
        "customOverrideURL": text(),
        "payoutInfo": PAYOUT_INFO,
        **texts(*(f"custom{kind}{part}" for kind in ("Option1", "Text1", "Text2") for part in ("Name", "Value"))),
        "programId": guid(),
        **texts("programTitle", "programName", "referralCode", "referralUrl", "memberUrl"),
        **numbers("emailShares", "socialShares", "views", "referrals"),
        **numbers("referralsApproved", "referralsQualified", "referralsPending", "rewards"),
        **decimals("referralsApprovedAmount", "rewardsPendingAmount", "rewardsIssuedAmount", "rewardAmountTotal"),
        "createDt": serializers.DateTimeField(),
        **texts("utmSource", "utmMedium", "utmCampaign", "browserReferrerUrl", "lastViewIPAddress"),
        **texts("status", "disabledReason"),
        **dates("lastShare", "activatedDate", "lastActiveDate", "firstMemberViewDate", "firstMemberShareDate"),
        **dates("firstMemberRewardAddDate", "lastMemberRewardAddDate", "firstReferralViewDate"),
        **dates("firstReferralAddDate", "lastReferralAddDate"),
        **recruiter("recruiterSource"),
        **recruiter("recruiterAssigned"),
    },
)
MEMBER_SET = set_of("members", type(MEMBER)())
MEMBER_CONFIRMATION = shape("MemberConfirmation", {"message": text(), "member": type(MEMBER)()})
NO_MEMBER = shape("NoMember", {"message": text(), "member": type(MEMBER)(allow_null=True)})
RESULT_INFO = shape("ResultInfo", {"Status": text(), "Message": text(null=True)})


class MemberUpdate(BodyShape):
    query = MemberQuery()
    member = UpdateMember()


class MemberRemoval(BodyShape):
    query = MemberQuery()


MEMBER_UPDATES, MEMBER_REMOVALS = MemberUpdate(many=True), MemberRemoval(many=True)
MEMBER_UPDATE_RESULTS = shape(
    "MemberUpdateResult",
    {
        "query": MemberQuery(allow_null=True),
        "member": type(MEMBER)(allow_null=True),
        "resultInfo": RESULT_INFO,
    },
    many=True,
)
MEMBER_REMOVAL_RESULTS = shape(
    "MemberRemovalResult",
    {"query": MemberQuery(allow_null=True), "resultInfo": type(RESULT_INFO)()},
    many=True,
)
MEMBER_STATS = shape(
    "MemberStats",
    {
        **numbers("memberViews", "memberShares", "referralsCount", "referralsApproved", "referralsQualified"),
        **numbers("referralsPending", "referralsViews", "rewardsCount"),
        **decimals("rewardsPendingAmount", "rewardsIssuedAmount", "rewardAmountTotal"),
        **dates("activatedDate", "lastActiveDate", "lastShareDate"),
    },
)
MEMBER_ACCESS_URLS = shape("MemberAccessUrls", texts(*ACCESS_FIELDS))
