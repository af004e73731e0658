"""The Member object (contracts/referral-rock.md, section 3.3): every field, with "" or null for what there is not."""

from typing import Any

from django.db.models import QuerySet

from api.referral_rock.formats import show_amount, show_day_or_none, show_time, show_time_or_none
from api.referral_rock.gather.members import AboutMembers, Referred, Rewarded, about_members
from api.referral_rock.objects.people import name_of, recruiter_json
from api.referral_rock.paging import in_order
from referrals.models import Member, Person
from tenants.models import Tenant

RELATED = ("program", "person", "recruiter_source__person", "recruiter_assigned__person")


def members_json(rows: QuerySet[Member], ids: list[int], *, tenant: Tenant) -> list[dict[str, Any]]:
    """The members of these primary keys, in their order, in a fixed number of queries."""
    members: list[Member] = in_order(rows.select_related(*RELATED), ids)
    about = about_members(members, tenant=tenant)
    return [member_json(member, about) for member in members]


def member_json(member: Member, about: AboutMembers) -> dict[str, Any]:
    """The member comes with RELATED."""
    person, code = member.person, about.codes.get(member.pk)
    return {
        "id": str(member.uid),
        "displayName": name_of(person),
        **_show_person(person),
        "disabledFlag": not member.can_refer,
        "customOverrideURL": member.custom_override_url,
        "payoutInfo": payout_info(member),
        **_show_customs(member),
        "programId": str(member.program.uid),
        "programTitle": member.program.title,
        "programName": member.program.name,
        "referralCode": code.code if code else "",
        "referralUrl": about.link_of(member),
        "memberUrl": "",
        **_show_counts(member, about),
        "createDt": show_time(member.created_at),
        "utmSource": member.utm_source,
        "utmMedium": member.utm_medium,
        "utmCampaign": member.utm_campaign,
        "browserReferrerUrl": member.browser_referrer_url,
        "lastViewIPAddress": member.last_view_ip or "",
        "status": member.status,
        "disabledReason": member.disabled_reason,
        **_show_dates(member, about),
        **recruiter_json("recruiterSource", member.recruiter_source),
        **recruiter_json("recruiterAssigned", member.recruiter_assigned),
    }


def payout_info(member: Member) -> dict[str, Any] | None:
    """Null where nothing was ever told."""
    if not member.payout_type and not member.payout_email and member.payout_uses_defaults:
        return None
    return {
        "payoutType": member.payout_type,
        "useDefaultValues": member.payout_uses_defaults,
        "email": member.payout_email,
    }


def _show_person(person: Person) -> dict[str, Any]:
    return {
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "phone": person.phone,
        "externalIdentifier": person.external_id or "",
        "dateOfBirth": show_day_or_none(person.date_of_birth),
        "addressLine1": person.address_line1,
        "addressLine2": person.address_line2,
        "city": person.city,
        "region": person.region or None,
        "countrySubdivision": person.country_subdivision,
        "country": person.country,
        "postalCode": person.postal_code,
    }


def _show_customs(member: Member) -> dict[str, Any]:
    return {
        f"custom{kind}{part}": getattr(member, f"custom_{kind.lower()}_{part.lower()}")
        for kind in ("Option1", "Text1", "Text2")
        for part in ("Name", "Value")
    }


def _show_counts(member: Member, about: AboutMembers) -> dict[str, Any]:
    """Amounts are of the program's own currency: those of others are not added to it."""
    referred, rewarded = about.referrals.get(member.pk, Referred()), about.rewards.get(member.pk, Rewarded())
    currency = member.program.currency
    return {
        "emailShares": member.email_shares,
        "socialShares": member.social_shares,
        "views": member.views,
        "referrals": referred.count,
        "lastShare": show_time_or_none(member.last_share_at),
        "referralsApproved": referred.approved,
        "referralsQualified": referred.qualified,
        "referralsPending": referred.pending,
        "referralsApprovedAmount": show_amount(referred.approved_amount, currency),
        "rewardsPendingAmount": show_amount(rewarded.pending_amount, currency),
        "rewardsIssuedAmount": show_amount(rewarded.issued_amount, currency),
        "rewardAmountTotal": show_amount(rewarded.total, currency),
        "rewards": rewarded.count,
    }


def _show_dates(member: Member, about: AboutMembers) -> dict[str, Any]:
    referred, rewarded = about.referrals.get(member.pk, Referred()), about.rewards.get(member.pk, Rewarded())
    dates = {
        "activatedDate": member.activated_at,
        "lastActiveDate": member.last_active_at,
        "firstMemberViewDate": member.first_view_at,
        "firstMemberShareDate": member.first_share_at,
        "firstMemberRewardAddDate": rewarded.first_at,
        "lastMemberRewardAddDate": rewarded.last_at,
        "firstReferralViewDate": about.first_clicks.get(member.pk),
        "firstReferralAddDate": referred.first_at,
        "lastReferralAddDate": referred.last_at,
    }
    return {name: show_time_or_none(at) for name, at in dates.items()}
