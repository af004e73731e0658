"""The Referral object (contracts/referral-rock.md, section 3.4): every field, with "" or null for what there is not."""

from typing import Any

from django.db.models import QuerySet

from api.referral_rock.formats import format_amount, show_amount, show_time, show_time_or_none
from api.referral_rock.gather.referrals import AboutReferrals, about_referrals
from api.referral_rock.objects.people import name_of, recruiter_json
from api.referral_rock.paging import in_order
from api.referral_rock.words import APPROVED, status_of
from referrals.models import Person, Referral, ReferralDetails

RELATED = ("program", "referrer__person", "referrer__recruiter_source__person", "referred", "code")
NO_DETAILS = ReferralDetails()
WEB = "web"
CUSTOMS = ("Option1", "Option2", "Text1", "Text2", "Text3")


def referrals_json(rows: QuerySet[Referral], ids: list[int]) -> list[dict[str, Any]]:
    """The referrals of these primary keys, in their order, in a fixed number of queries."""
    referrals: list[Referral] = in_order(rows.select_related(*RELATED), ids)
    about = about_referrals(referrals)
    return [referral_json(referral, about) for referral in referrals]


def referral_json(referral: Referral, about: AboutReferrals) -> dict[str, Any]:
    """The referral comes with RELATED."""
    person, referrer = referral.referred, referral.referrer
    details = about.details.get(referral.pk, NO_DETAILS)
    return {
        "id": str(referral.uid),
        "displayName": name_of(person),
        "firstName": person.first_name,
        "lastName": person.last_name,
        "fullName": name_of(person),
        "email": person.email,
        "externalIdentifier": details.external_id or person.external_id or "",
        "phoneNumber": person.phone,
        **_show_amount(referral, details, about),
        "preferredContact": details.preferred_contact,
        "createDate": show_time(referral.attributed_at),
        "updateDate": show_time(referral.updated_at),
        "source": details.source or WEB,
        "programId": str(referral.program.uid),
        "programName": referral.program.name,
        "programTitle": referral.program.title,
        "referringMemberId": str(referrer.uid),
        "referringMemberName": name_of(referrer.person),
        "memberEmail": referrer.person.email,
        "memberReferralCode": referral.code.code,
        "memberExternalIdentifier": referrer.person.external_id or "",
        "approvedDate": show_time_or_none(_approved_at(referral, details)),
        "qualifiedDate": show_time_or_none(referral.qualified_at),
        "status": status_of(referral.status, details.approved_at),
        **_show_details(details),
        **_show_origin(referral, details, about),
        **_show_address(person),
        **recruiter_json("recruiterSource", referrer.recruiter_source),
        **recruiter_json("recruiterAssigned", details.recruiter_assigned),
    }


def _show_amount(referral: Referral, details: ReferralDetails, about: AboutReferrals) -> dict[str, Any]:
    """What somebody said it comes to, or else what was paid."""
    told = details.amount is not None
    amount = details.amount if details.amount is not None else about.paid.get(referral.pk, 0)
    currency = details.currency if told else referral.program.currency
    return {"amount": show_amount(amount, currency), "amountFormatted": format_amount(amount, currency)}


def _approved_at(referral: Referral, details: ReferralDetails) -> Any:
    if status_of(referral.status, details.approved_at) != APPROVED:
        return None
    return details.approved_at or referral.rewarded_at or referral.qualified_at


def _show_details(details: ReferralDetails) -> dict[str, Any]:
    customs = [(kind, part) for part in ("Name", "Value") for kind in CUSTOMS]
    return {
        "companyName": details.company_name,
        "note": details.note,
        "publicNote": details.public_note,
        **{f"custom{kind}{part}": getattr(details, f"custom_{kind.lower()}_{part.lower()}") for kind, part in customs},
        "conversionNote": details.conversion_note,
        "conversionIPAddress": details.conversion_ip or "",
    }


def _show_origin(referral: Referral, details: ReferralDetails, about: AboutReferrals) -> dict[str, Any]:
    touch = about.touches.get(referral.attribution_id or 0)
    return {
        "utmSource": referral.utm_source,
        "utmMedium": referral.utm_medium,
        "utmCampaign": referral.utm_campaign,
        "browserReferrerUrl": details.browser_referrer_url or (touch.referrer_url if touch else ""),
        "IPAddressSource": (touch.ip_address if touch else None) or "",
    }


def _show_address(person: Person) -> dict[str, Any]:
    return {
        "addressLine1": person.address_line1 or None,
        "addressLine2": person.address_line2 or None,
        "city": person.city or None,
        "region": person.region or None,
        "postalCode": person.postal_code or None,
        "country": person.country or None,
    }
