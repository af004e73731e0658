"""What a caller may send (contracts/saasquatch.md, sections 2 to 4 and 6). Unknown fields are ignored."""

import json
import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.core.validators import validate_email
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.saasquatch.words import CREDIT, VERBS, currency_of
from credits.models.money import MAX_AMOUNT, exponent, to_minor, validate_currency
from referrals.models import Account

LOCALE = r"[a-z]{2,3}(_[A-Z]{2})?"
CODE = r"[0-9A-Za-z]{1,15}"
MOST_CUSTOM = 16 * 1024
MOST_VALUE = 10**11  # with four digits after the point, as no currency has more, it is MAX_AMOUNT


class Text(serializers.CharField):
    """A JSON string and nothing that would only become one. Null and "" are as good as absent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "allow_blank": True, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def patterned(pattern: str, **options: Any) -> Any:
    """A text whose pattern the schema tells; the serializer looks at it by itself."""
    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return extend_schema_field(schema)(type("Patterned", (Text,), {}))(**options)


@extend_schema_field({"oneOf": [{"type": "string", "format": "email"}, {"type": "string", "maxLength": 0}]})
class Email(Text):
    """An address, or nothing."""


@extend_schema_field({"type": "string", "format": "uri", "pattern": "^https://", "maxLength": 2048})
class HttpsUrl(Text):
    """Where events go; the service looks at it."""


@extend_schema_field(
    {
        "oneOf": [
            {"type": "number", "minimum": 0, "maximum": MOST_VALUE},
            {"type": "string", "pattern": r"^([0-9]{1,11}(\.[0-9]+)?)?$"},
        ]
    }
)
class Value(serializers.DecimalField):
    """An amount of a currency's major units, a number or the same as text. What is finer than a cent is rounded."""

    def __init__(self) -> None:
        super().__init__(
            max_digits=None,
            decimal_places=None,
            min_value=Decimal(0),
            max_value=Decimal(MOST_VALUE),
            required=False,
            allow_null=True,
        )


def coded(kind: type[serializers.Field[Any, Any, Any, Any]], rs_code: str) -> Any:
    """A kind of field whose errors carry an rsCode."""

    class Coded(kind):  # type: ignore[misc, valid-type]
        def fail(self, key: str, **words: Any) -> Any:
            try:
                super().fail(key, **words)
            except serializers.ValidationError as error:
                raise serializers.ValidationError([str(each) for each in error.detail], code=rs_code) from error

    return Coded


def needed_id(rs_code: str) -> Any:
    """An id of the tenant's own; a missing one has an rsCode."""
    needed = {"required": True, "allow_null": False, "allow_blank": False}
    return coded(Text, rs_code)(**needed, max_length=255, trim_whitespace=False)


class UserFields(serializers.Serializer[Any]):
    """What can be told of a user beside who they are."""

    default_error_messages = {"invalid": "The body must be a JSON object."}

    firstName = Text(max_length=200)
    lastName = Text(max_length=200)
    email = Email(max_length=320)
    locale = patterned(LOCALE)
    countryCode = Text(max_length=100)
    imageUrl = Text(max_length=2048)
    referralCode = patterned(CODE)
    customFields = serializers.DictField(required=False, allow_null=True)

    def validate_email(self, email: str | None) -> str | None:
        try:
            validate_email(email) if email else None
        except Invalid as error:
            raise serializers.ValidationError("Enter a valid e-mail address.", code="RS023") from error
        return email

    def validate_locale(self, locale: str | None) -> str | None:
        if locale and not re.fullmatch(LOCALE, locale):
            raise serializers.ValidationError("A locale looks like en or en_US.", code="RS039")
        return locale

    def validate_referralCode(self, code: str | None) -> str | None:  # noqa: N802 (named for its field)
        if code and not re.fullmatch(CODE, code):
            raise serializers.ValidationError("A code has at most 15 letters and digits.", code="RS034")
        return code

    def validate_customFields(self, fields: dict[str, Any] | None) -> dict[str, Any] | None:  # noqa: N802
        if fields and not _can_be_kept(fields):
            raise serializers.ValidationError("Custom fields hold at most 16 KiB of plain text and numbers.")
        return fields


class UserBody(UserFields):
    id = needed_id("RS043")
    accountId = needed_id("RS044")


def _can_be_kept(fields: dict[str, Any]) -> bool:
    """PostgreSQL's JSON has no NUL, no half of a character and no infinity."""
    try:
        text = json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return b"\\u0000" not in text and len(text) <= MOST_CUSTOM


COLUMNS = {
    "firstName": "first_name", "lastName": "last_name", "email": "email", "locale": "locale",
    "countryCode": "country", "imageUrl": "image_url", "customFields": "custom_fields",
}  # fmt: skip


def columns_of(told: dict[str, Any]) -> dict[str, Any]:
    """Our names for what was told; a field that is null or absent stays as it is."""
    return {column: told[name] for name, column in COLUMNS.items() if told.get(name) is not None}


class ActionBody(serializers.Serializer[Any]):
    referralId = Text(required=True, allow_null=False, allow_blank=False, max_length=64)
    action = serializers.ChoiceField([(verb, verb) for verb in VERBS])


class ModerationBody(serializers.Serializer[Any]):
    default_error_messages = {"invalid": "The body must be a JSON object."}

    actions = serializers.ListField(child=ActionBody(), min_length=1, max_length=100)


class SubscriptionBody(serializers.Serializer[Any]):
    status = coded(serializers.ChoiceField, "RS022")(choices=Account.Status.choices)
    billingIntervalType = serializers.ChoiceField(Account.Interval.choices, required=False, allow_null=True)
    billingIntervalValue = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=10_000)
    value = Value()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What a renewal costs must be told of an account that pays."""
        missing = [
            name
            for name in ("billingIntervalType", "billingIntervalValue", "value")
            if attrs["status"] == Account.Status.PAID and attrs.get(name) is None
        ]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "Required when status is PAID."))
        return attrs


class ReferredBy(serializers.Serializer[Any]):
    code = Text(max_length=64)


class AccountBody(serializers.Serializer[Any]):
    default_error_messages = {"invalid": "The body must be a JSON object."}

    id = needed_id("RS044")
    subscription = SubscriptionBody()
    referral = ReferredBy(required=False, allow_null=True)
    currency = Text(max_length=7)

    def validate_currency(self, currency: str | None) -> str:
        try:
            validate_currency(currency or "USD")
        except Invalid as error:
            raise serializers.ValidationError(error.messages) from error
        return currency or "USD"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The dollars of a renewal, as minor units; what is finer is rounded."""
        currency, value = attrs.get("currency") or "USD", attrs["subscription"].get("value")
        if value is not None:
            attrs["minor"] = to_minor(round(value, exponent(currency)), currency)
        return attrs


class AmountField(serializers.IntegerField):
    """A whole number of minor units, above zero."""

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=MAX_AMOUNT)

    def to_internal_value(self, data: Any) -> int:
        is_whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if isinstance(data, bool) or not is_whole:
            self.fail("invalid")
        return super().to_internal_value(int(data))


class RedeemBody(serializers.Serializer[Any]):
    default_error_messages = {"invalid": "The body must be a JSON object."}

    amount = AmountField()
    unit = Text(required=True, allow_null=False, allow_blank=False, max_length=40)


class NewRewardBody(serializers.Serializer[Any]):
    """Credit is what there is to give: of the other types we keep nothing."""

    default_error_messages = {"invalid": "The body must be a JSON object."}

    type = patterned(CREDIT, required=True, allow_null=False, allow_blank=False)
    unit = Text(required=True, allow_null=False, allow_blank=False, max_length=40)
    assignedCredit = AmountField()
    name = Text(max_length=500)

    def validate_type(self, kind: str) -> str:
        if kind != CREDIT:
            raise serializers.ValidationError(f'"{kind}" is not a valid choice.')
        return kind

    def validate_unit(self, unit: str) -> str:
        """The currency that the unit stands for."""
        try:
            validate_currency(currency_of(unit))
        except Invalid as error:
            raise serializers.ValidationError(error.messages) from error
        return currency_of(unit)


class BulkRedeemBody(RedeemBody):
    accountId = needed_id("RS044")


class EndpointBody(serializers.Serializer[Any]):
    default_error_messages = {"invalid": "The body must be a JSON object."}

    endpointUrl = HttpsUrl(required=True, allow_null=False, allow_blank=False, max_length=2048)
    name = Text(max_length=200)
