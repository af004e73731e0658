"""What can be told of a member (contracts/referral-rock.md, 4.5 and 4.6), and what is ours for it."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.core.validators import validate_email
from rest_framework import serializers

from api.referral_rock.bodies import DayField, Flag, Shape, Text, needed
from api.referral_rock.errors import Failure
from api.referral_rock.formats import read_uuid
from referrals.models import Member
from tenants.models import Tenant


class PayoutInfo(Shape):
    payoutType = Text(max_length=60)
    useDefaultValues = Flag()
    email = Text(max_length=320)


class MemberFields(Shape):
    """Of a NewMember and an UpdateMember alike. A password is taken and never kept: members come in by access links."""

    lastName = Text(max_length=200)
    referralCode = Text(max_length=64)
    phone = Text(max_length=60)
    externalIdentifier = Text(max_length=255)
    dateOfBirth = DayField()
    addressLine1 = Text(max_length=200)
    addressLine2 = Text(max_length=200)
    city = Text(max_length=200)
    region = Text(max_length=200, help_text="Its name or ISO 3166-2 code; only with a country.")
    countrySubdivision = Text(max_length=200, help_text="Superseded by region.")
    country = Text(max_length=100, help_text="Its name or ISO code.")
    postalCode = Text(max_length=40)
    password = Text(max_length=1000, help_text="Taken and never kept.")
    disabledFlag = Flag()
    payoutInfo = PayoutInfo(required=False, allow_null=True)
    customOption1Name = Text(max_length=200)
    customOption1Value = Text(max_length=500)
    customText1Name = Text(max_length=200)
    customText1Value = Text(max_length=500)
    customText2Name = Text(max_length=200)
    customText2Value = Text(max_length=500)
    customOverrideURL = Text(max_length=2048)
    recruiterAssignedId = Text(max_length=36)

    def validate_email(self, email: str | None) -> str | None:
        try:
            validate_email(email) if email is not None else None
        except Invalid as error:
            raise serializers.ValidationError("Enter a valid e-mail address.") from error
        return email

    def validate_customOverrideURL(self, url: str | None) -> str | None:  # noqa: N802 (named for its field)
        if url and not url.lower().startswith(("https://", "http://")):
            raise serializers.ValidationError("Give an absolute http(s) URL.")
        return url


class NewMember(MemberFields):
    programId = needed(Text, help_text="The program's id; its name or title does as well.")
    firstName = needed(Text, max_length=200)
    email = needed(Text, max_length=320)
    recruiterSourceId = Text(max_length=36)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("region") and not attrs.get("country"):
            raise serializers.ValidationError({"region": "Give a country with the region."})
        if attrs.get("recruiterAssignedId") and not attrs.get("recruiterSourceId"):
            raise serializers.ValidationError({"recruiterSourceId": "Required with recruiterAssignedId."})
        return attrs


class UpdateMember(MemberFields):
    """What is absent or null stays as it is; "" empties a field that may be empty."""

    firstName = Text(max_length=200, allow_blank=False)
    email = Text(max_length=320, allow_blank=False)


PERSON = {
    "firstName": "first_name", "lastName": "last_name", "email": "email", "phone": "phone",
    "externalIdentifier": "external_id", "dateOfBirth": "date_of_birth", "addressLine1": "address_line1",
    "addressLine2": "address_line2", "city": "city", "region": "region", "countrySubdivision": "country_subdivision",
    "country": "country", "postalCode": "postal_code",
}  # fmt: skip
MEMBER = {
    "customOption1Name": "custom_option1_name", "customOption1Value": "custom_option1_value",
    "customText1Name": "custom_text1_name", "customText1Value": "custom_text1_value",
    "customText2Name": "custom_text2_name", "customText2Value": "custom_text2_value",
    "customOverrideURL": "custom_override_url",
}  # fmt: skip
PAYOUT = {"payoutType": "payout_type", "useDefaultValues": "payout_uses_defaults", "email": "payout_email"}
RECRUITERS = {"recruiterSourceId": "recruiter_source", "recruiterAssignedId": "recruiter_assigned"}


def person_of(told: dict[str, Any]) -> dict[str, Any]:
    """Columns of a Person. No external id is none, not an empty one."""
    found = _columns(PERSON, told)
    return {**found, "external_id": found["external_id"] or None} if "external_id" in found else found


def fields_of(told: dict[str, Any], tenant: Tenant) -> dict[str, Any]:
    """Columns of a Member. Raises Failure for a recruiter who is no member of the tenant's."""
    recruiters = {column: told[name] for name, column in RECRUITERS.items() if told.get(name) is not None}
    return {
        **_columns(MEMBER, told),
        **_columns(PAYOUT, told.get("payoutInfo") or {}),
        **{column: _recruiter(tenant, text) for column, text in recruiters.items()},
    }


def check_region(member: Member, told: dict[str, Any]) -> None:
    """Raises Failure for a region without a country, told now or before."""
    country = told["country"] if told.get("country") is not None else member.person.country
    if told.get("region") and not country:
        raise Failure("region: Give a country with the region.")


def _columns(names: dict[str, str], told: dict[str, Any]) -> dict[str, Any]:
    return {column: told[name] for name, column in names.items() if told.get(name) is not None}


def _recruiter(tenant: Tenant, text: str) -> Member | None:
    if not text:
        return None  # an empty id is nobody
    uid = read_uuid(text)
    found = Member.objects.for_tenant(tenant).filter(uid=uid).first() if uid else None
    if found is None:
        raise Failure("There is no such recruiter.")
    return found
