"""How times, amounts and flags look, and how they may be written (contracts/referral-rock.md, section 1)."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from babel.numbers import format_currency
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from credits.models.money import MAX_AMOUNT, PRODUCT_CREDITS, exponent, to_major, to_minor

DAY = re.compile(r"\d{4}-\d\d-\d\d")
SECOND = timedelta(seconds=1)
TRUE, FALSE = {"true", "1"}, {"false", "0"}


def show_time(at: datetime) -> str:
    """2026-02-18T13:22:41.5628920Z"""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def show_time_or_none(at: datetime | None) -> str | None:
    return None if at is None else show_time(at)


def show_day_or_none(day: date | None) -> str | None:
    """A day is the instant it begins."""
    return None if day is None else show_time(datetime.combine(day, time(), UTC))


def show_amount(minor: int, currency: str) -> float:
    """A JSON number in whole units, such as 25.0 for 2500 cents."""
    return float(to_major(minor, currency))


def format_amount(minor: int, currency: str) -> str:
    """For people: $1,234.50."""
    if currency == PRODUCT_CREDITS:
        return f"{minor:,} {currency}"
    return str(format_currency(to_major(minor, currency), currency, locale="en_US"))


def read_amount(amount: Decimal, currency: str, *, field: str = "amount") -> int:
    """Minor units, exactly. Raises ValidationError naming the field for what is too fine for the currency, or much."""
    try:
        minor = to_minor(amount, currency)
    except ValueError as error:
        digits = exponent(currency)
        raise serializers.ValidationError({field: f"{currency} has {digits} digits after the point."}) from error
    if minor > MAX_AMOUNT:
        raise serializers.ValidationError({field: "That is too much."})
    return minor


def read_uuid(text: str | None) -> UUID | None:
    """None for what is no id at all."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def read_time(text: str) -> datetime:
    """ISO 8601 or `MM/dd/yyyy HH:mm:ss`; UTC where none is told. Raises ValueError for what is neither."""
    text = text.strip()
    for form in ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    found = datetime.fromisoformat(text)
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def after(text: str) -> datetime:
    """The first instant that lies after what a text names: a day, a second, or an instant."""
    at = read_time(text)
    step = timedelta(days=1) if _is_day(text) else SECOND if "." not in text else timedelta(microseconds=1)
    try:
        return at + step
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _is_day(text: str) -> bool:
    return bool(DAY.fullmatch(text.strip())) or ("/" in text and ":" not in text)


@extend_schema_field(OpenApiTypes.STR)
class TimeField(serializers.Field[Any, Any, Any, Any]):
    """An instant as text, in any of the forms that are read; its value is the instant. "" is as good as absent."""

    default_error_messages = {"time": "Give a date as 2026-02-18, 2026-02-18T13:22:41Z or 02/18/2026 13:22:41."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **options})

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.read(data) if data else None
        except (ValueError, TypeError, AttributeError):
            self.fail("time")

    def to_representation(self, value: Any) -> Any:
        return value

    def read(self, text: str) -> Any:
        return read_time(text)


class EndField(TimeField):
    """The end of a range, which is in it: its value is the first instant after."""

    def read(self, text: str) -> datetime:
        return after(text)


class DayField(TimeField):
    """A day, whatever time of it is told: its value is a `date`."""

    def read(self, text: str) -> date:
        return read_time(text).date()


@extend_schema_field(OpenApiTypes.BOOL)
class Flag(serializers.Field[bool | None, Any, bool | None, Any]):
    """true, True, "true", 1 or "1", and the same of false. "" is as good as absent."""

    default_error_messages = {"flag": "Give true or false."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, **options})

    def to_internal_value(self, data: Any) -> bool | None:
        word = str(data).strip().lower()
        if word not in TRUE | FALSE:
            self.fail("flag")
        return word in TRUE

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(OpenApiTypes.DOUBLE)
class Amount(serializers.DecimalField):
    """A number, or one as text. At most ten million millions, of six decimals."""

    def __init__(self, **options: Any) -> None:
        bounds = {"max_digits": None, "decimal_places": None, "min_value": 0, "max_value": 10**13}
        super().__init__(**{"required": False, "allow_null": True, **bounds, **options})

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            return super().to_internal_value(data)
        except InvalidOperation:
            self.fail("invalid")
