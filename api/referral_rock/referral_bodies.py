"""What can be told of a referral (contracts/referral-rock.md, 4.3, 4.12 to 4.15), and what is ours for it."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.core.validators import validate_email
from rest_framework import serializers

from api.referral_rock.bodies import Amount, Choice, Shape, Text, needed
from api.referral_rock.errors import Failure
from api.referral_rock.formats import read_amount
from api.referral_rock.queries import members_by
from api.referral_rock.words import REFERRAL_STATUSES
from referrals.models import Member, Program, Referral, ReferralDetails
from tenants.models import Tenant

STATUSES = tuple(dict.fromkeys(REFERRAL_STATUSES.values()))
CONTACTS = tuple(ReferralDetails.Contact.values)
NOTE, LONGEST_KEY = 4000, 200


class ReferralFields(Shape):
    """Of a NewReferral and an UpdateReferral alike. What is absent or null stays as it is; "" empties a field."""

    firstName = Text(max_length=200)
    lastName = Text(max_length=200)
    email = Text(max_length=320)
    phoneNumber = Text(max_length=60)
    preferredContact = Choice(*CONTACTS)
    externalIdentifier = Text(max_length=255)
    amount = Amount(help_text="What it comes to, in the program's currency.")
    companyName = Text(max_length=200)
    note = Text(max_length=NOTE, help_text="Private.")
    publicNote = Text(max_length=NOTE, help_text="The member may see it.")
    customOption1Name = Text(max_length=200)
    customOption2Name = Text(max_length=200)
    customText1Name = Text(max_length=200)
    customText2Name = Text(max_length=200)
    customText3Name = Text(max_length=200)
    customOption1Value = Text(max_length=500)
    customOption2Value = Text(max_length=500)
    customText1Value = Text(max_length=500)
    customText2Value = Text(max_length=500)
    customText3Value = Text(max_length=500)
    status = Choice(*STATUSES)
    addressLine1 = Text(max_length=200)
    addressLine2 = Text(max_length=200)
    city = Text(max_length=200)
    region = Text(max_length=200, help_text="Its name or ISO 3166-2 code; only with a country.")
    postalCode = Text(max_length=40)
    country = Text(max_length=100, help_text="Its name or ISO code.")
    recruiterAssignedId = Text(max_length=36)

    def validate_email(self, email: str | None) -> str | None:
        try:
            validate_email(email) if email else None
        except Invalid as error:
            raise serializers.ValidationError("Enter a valid e-mail address.") from error
        return email


class NewReferral(ReferralFields):
    referralCode = needed(Text, max_length=64, help_text="The code of the member who introduces them.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("region") and not attrs.get("country"):
            raise serializers.ValidationError({"region": "Give a country with the region."})
        return attrs


class UpdateReferral(ReferralFields):
    pass


class ReferralStatus(Shape):
    referralId = needed(Text)
    programId = Text(help_text="The referral's program: its id, name or title.")
    status = needed(Choice, *STATUSES)
    amount = Amount()
    publicNote = Text(max_length=NOTE)


class ReferralAction(Shape):
    amount = Amount(
        required=True, allow_null=False, help_text="What a percentage is taken of, in the program's currency."
    )
    referralQuery = needed(Text, max_length=320, help_text="The referral's id, e-mail address or external id.")
    programQuery = Text(help_text="A program's id, name or title.")
    name = Text(max_length=200)
    externalIdentifier = Text(max_length=LONGEST_KEY, help_text="One of these counts once for its referral.")


PERSON = {
    "firstName": "first_name", "lastName": "last_name", "email": "email", "phoneNumber": "phone",
    "addressLine1": "address_line1", "addressLine2": "address_line2", "city": "city", "region": "region",
    "postalCode": "postal_code", "country": "country",
}  # fmt: skip
DETAILS = {
    "preferredContact": "preferred_contact", "externalIdentifier": "external_id", "companyName": "company_name",
    "note": "note", "publicNote": "public_note",
    **{
        f"custom{kind}{part}": f"custom_{kind.lower()}_{part.lower()}"
        for kind in ("Option1", "Option2", "Text1", "Text2", "Text3")
        for part in ("Name", "Value")
    },
}  # fmt: skip


def person_of(told: dict[str, Any]) -> dict[str, Any]:
    """Columns of a Person."""
    return _columns(PERSON, told)


def details_of(told: dict[str, Any], program: Program | None, tenant: Tenant) -> dict[str, Any]:
    """Columns of ReferralDetails; the amount is one of the program's currency, where there is a program.

    Raises ValidationError for an amount that is finer than the currency, and Failure for an unknown recruiter.
    """
    found = _columns(DETAILS, told)
    if told.get("amount") is not None and program:
        found |= {"amount": read_amount(told["amount"], program.currency), "currency": program.currency}
    if told.get("recruiterAssignedId") is not None:
        found["recruiter_assigned"] = _recruiter(tenant, told["recruiterAssignedId"])
    return found


def check_region(referral: Referral, told: dict[str, Any]) -> None:
    """Raises Failure for a region without a country, told now or before."""
    country = told["country"] if told.get("country") is not None else referral.referred.country
    if told.get("region") and not country:
        raise Failure("region: Give a country with the region.")


def _recruiter(tenant: Tenant, text: str) -> Member | None:
    found = members_by(tenant, "memberId", text).first() if text else None
    if text and found is None:
        raise Failure("recruiterAssignedId: There is no such recruiter.")
    return found


def _columns(names: dict[str, str], told: dict[str, Any]) -> dict[str, Any]:
    return {column: told[name] for name, column in names.items() if told.get(name) is not None}
