"""Webshare's own formats of instants, durations and amounts (contracts/webshare.md, sections 0 and 1)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.duration import duration_string
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from credits.models.money import to_major


class Timestamp(serializers.DateTimeField):
    """2026-06-01T12:00:00.000000+00:00: always six digits of a second, always a numeric offset."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="microseconds")


@extend_schema_field(OpenApiTypes.DOUBLE)
class Dollars(serializers.Field[int, Any, float, Any]):
    """Minor units as a JSON number of US dollars: 250 is 2.5."""

    def to_representation(self, value: int) -> float:
        return float(to_major(value, "USD"))


@extend_schema_field(OpenApiTypes.NUMBER)
class Number(serializers.Field[Decimal, Any, float, Any]):
    """A decimal as a JSON number, without a fraction where it has none: 10, 0.25."""

    def to_representation(self, value: Decimal) -> float:
        return int(value) if value == value.to_integral_value() else float(value)


@extend_schema_field(OpenApiTypes.STR)
class DecimalText(serializers.Field[Decimal, Any, str, Any]):
    """A decimal as a string of two digits after the point, or as many as it needs: "0.20", "0.125"."""

    def to_representation(self, value: Decimal) -> str:
        whole, _, fraction = f"{value.normalize():f}".partition(".")
        return f"{whole}.{fraction:0<2}"


@extend_schema_field(OpenApiTypes.STR)
class Duration(serializers.Field[timedelta, Any, str, Any]):
    """Django's own duration string: "30 00:00:00"."""

    def to_representation(self, value: timedelta) -> str:
        return duration_string(value)
