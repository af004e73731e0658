"""Bodies of hooks that are spelt otherwise than what a GET answers (contracts/referral-rock.md, Delivery)."""

from typing import Any

from api.referral_rock.formats import show_amount
from api.referral_rock.gather.programs import AboutProgram
from api.referral_rock.objects.programs import program_json
from api.referral_rock.words import APPROVED, DENIED, PENDING, QUALIFIED
from referrals.models import Program


def with_capitals(shown: dict[str, Any]) -> dict[str, Any]:
    """`firstName` becomes `FirstName`."""
    return {name[:1].upper() + name[1:]: value for name, value in shown.items()}


def program_hook_json(program: Program, about: AboutProgram) -> dict[str, Any]:
    """A program as hooks tell it: with capitals and figures. There is no page to log in at, nor one counted as such."""
    ours = with_capitals(program_json(program))
    return {
        "Id": ours.pop("Id"),
        "IsActive": ours.pop("IsActive"),
        "IsDefault": about.is_default,
        **ours,
        "LoginUrl": "",
        "RegistrationViews": 0,
        "MembersRegistered": about.members["registered"],
        "MemberViews": about.members["views"],
        "ReferralViews": about.clicks,
        "ReferralsCreated": about.referrals["created"],
        "ReferralsApproved": about.referrals[APPROVED],
        "MembersActive": about.members["active"],
        "MembersDisabled": about.members["disabled"],
        "ReferralsPending": about.referrals[PENDING],
        "ReferralsQualified": about.referrals[QUALIFIED],
        "ReferralsDenied": about.referrals[DENIED],
        "ReferralsApprovedAmount": show_amount(about.referrals["approved_amount"], program.currency),
        "RewardsCreated": about.rewards["created"],
        "RewardsPending": about.rewards["pending"],
        "RewardsIssued": about.rewards["issued"],
        "RewardsIssuedAmount": show_amount(about.rewards["issued_amount"], program.currency),
    }
