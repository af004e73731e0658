"""What a caller may send (contracts/attribution-service.md, section 2, POST)."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.services.addresses import clean_address

CLOCK_SKEW = timedelta(minutes=5)


class Text(serializers.CharField):
    """A JSON string and nothing that would only become one. An optional one may be null, which is as good as absent."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"oneOf": [{"type": "string", "format": "ipv4"}, {"type": "string", "format": "ipv6"}]})
class Address(Text):
    default_error_messages = {"address": "Enter a valid IPv4 or IPv6 address."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            ip_address(text)
        except ValueError:
            self.fail("address")
        return clean_address(text)


@extend_schema_field({"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 2048})
class WebAddress(Text):
    """Where a visitor came from."""


@extend_schema_field({"oneOf": [{"type": "string", "format": "date-time"}]})
class Instant(serializers.DateTimeField):
    """ISO 8601, or null, which is as good as absent."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True)


class ClickBody(serializers.Serializer[Any]):
    """Only the code is required. `at` in the context is now: events from the future are refused."""

    default_error_messages = {"invalid": "The body must be a JSON object."}

    code = Text(max_length=64)
    ip_address = Address(required=False, allow_null=True)
    user_agent = Text(required=False, allow_null=True, allow_blank=True, max_length=512)
    referrer_url = WebAddress(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=2048,
        validators=[URLValidator(schemes=["http", "https"])],
    )
    occurred_at = Instant()

    def validate_occurred_at(self, occurred_at: datetime | None) -> datetime | None:
        return _refuse_future(occurred_at, self.context["at"])


class ConfirmationBody(serializers.Serializer[Any]):
    """Whom a click brought in: contract section 2, PUT. `at` in the context is now."""

    default_error_messages = {"invalid": "The body must be a JSON object."}

    code = Text(max_length=64)
    new_member_id = Text(max_length=255)
    confirmed_at = Instant()

    def validate_confirmed_at(self, confirmed_at: datetime | None) -> datetime | None:
        return _refuse_future(confirmed_at, self.context["at"])


def _refuse_future(instant: datetime | None, at: datetime) -> datetime | None:
    if instant and instant > at + CLOCK_SKEW:
        raise serializers.ValidationError("An event cannot have occurred in the future.")
    return instant
