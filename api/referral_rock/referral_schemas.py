"""The shapes of a referral's answers, for the schema alone (contracts/referral-rock.md, 3.4 and 4.10 to 4.16)."""

from api.referral_rock.bodies import Shape as BodyShape
from api.referral_rock.queries import ReferralQuery
from api.referral_rock.referral_bodies import UpdateReferral
from api.referral_rock.schemas import (
    RESULT_INFO,
    dates,
    decimals,
    guids,
    recruiter,
    set_of,
    shape,
    text,
    texts,
)

CUSTOMS = ("Option1", "Option2", "Text1", "Text2", "Text3")
REFERRAL = shape(
    "Referral",
    {
        **guids("id"),
        **texts("displayName", "firstName", "lastName", "fullName", "email", "externalIdentifier", "phoneNumber"),
        **decimals("amount"),
        **texts("amountFormatted", "preferredContact"),
        **dates("createDate", "updateDate"),
        **texts("source"),
        **guids("programId"),
        **texts("programName", "programTitle"),
        **guids("referringMemberId"),
        **texts("referringMemberName", "memberEmail", "memberReferralCode", "memberExternalIdentifier"),
        **dates("approvedDate", "qualifiedDate"),
        **texts("status", "companyName", "note", "publicNote"),
        **texts(*(f"custom{kind}{part}" for part in ("Name", "Value") for kind in CUSTOMS)),
        **texts("conversionNote", "conversionIPAddress", "utmSource", "utmMedium", "utmCampaign"),
        **texts("browserReferrerUrl", "IPAddressSource"),
        **texts("addressLine1", "addressLine2", "city", "region", "postalCode", "country", null=True),
        **recruiter("recruiterSource"),
        **recruiter("recruiterAssigned"),
    },
)
Referral = type(REFERRAL)
REFERRAL_SET = set_of("referrals", Referral())
REFERRAL_CONFIRMATION = shape("ReferralConfirmation", {**texts("message"), "referral": Referral()})
NO_REFERRAL = shape("NoReferral", {**texts("message"), "referral": Referral(allow_null=True)})


class ReferralUpdate(BodyShape):
    query = ReferralQuery()
    referral = UpdateReferral()


class ReferralRemoval(BodyShape):
    query = ReferralQuery()


REFERRAL_UPDATES, REFERRAL_REMOVALS = ReferralUpdate(many=True), ReferralRemoval(many=True)
REFERRAL_UPDATE_RESULTS = shape(
    "ReferralUpdateResult",
    {
        "query": ReferralQuery(allow_null=True),
        "referral": Referral(allow_null=True),
        "resultInfo": type(RESULT_INFO)(),
    },
    many=True,
)
REFERRAL_REMOVAL_RESULTS = shape(
    "ReferralRemovalResult",
    {"query": ReferralQuery(allow_null=True), "resultInfo": type(RESULT_INFO)()},
    many=True,
)
DONE = shape("Done", {"message": text()})
