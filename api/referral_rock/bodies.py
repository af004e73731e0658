"""What a caller may send: names of fields and parameters whatever their capitals; unknown ones are ignored."""

from functools import cache
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.settings import api_settings

from api.referral_rock.formats import Amount, DayField, Flag

__all__ = ["Amount", "Choice", "DayField", "Flag", "Query", "Shape", "Text", "read_body", "read_query"]

NON_FIELD = api_settings.NON_FIELD_ERRORS_KEY


class Shape(serializers.Serializer[Any]):
    """A JSON object. `FirstName`, `firstName` and `firstname` are one field; null is as good as absent."""

    default_error_messages = {"invalid": "Expected a JSON object."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError({NON_FIELD: [self.error_messages["invalid"]]}, code="invalid")
        names = {str(name).lower(): str(name) for name in self.fields}
        named = {names[key.lower()]: value for key, value in data.items() if key.lower() in names}
        return super().to_internal_value(named)


class Query(Shape):
    """The parameters of a query. An empty one is as good as absent."""


class Text(serializers.CharField):
    """A JSON string, or a number where a client sends one for it. Needs no value unless told."""

    default_error_messages = {"storable": "A NUL character, or half of one, cannot be kept."}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "allow_blank": True, "max_length": 255, **options})

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if not _can_be_kept(text):
            self.fail("storable")
        return text


class Choice(serializers.ChoiceField):
    """One of some words, whatever its capitals; the value is as the first argument spells it."""

    def __init__(self, *words: str, **options: Any) -> None:
        self.by_lower = {word.lower(): word for word in words}
        options = {"required": False, "allow_null": True, "allow_blank": True, **options}
        super().__init__([(word, word) for word in words], **options)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(self.by_lower.get(str(data).strip().lower(), data))


def needed(kind: type[Any], *words: str, **options: Any) -> Any:
    """A field that must be there and may not be empty."""
    blank = {"allow_blank": False} if issubclass(kind, serializers.CharField | serializers.ChoiceField) else {}
    return kind(*words, **{"required": True, "allow_null": False, **blank, **options})


def read_body(shape: type[Shape], data: Any) -> dict[str, Any]:
    """What was sent, by the names of the shape. Raises ValidationError."""
    body = shape(data=data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


@cache
def reader_of(shape: type[Shape]) -> Shape:
    """One reader of a shape for all of many items: its `run_validation` keeps nothing between them."""
    return shape()


def read_query(shape: type[Query], request: Request) -> dict[str, Any]:
    """The last value of each parameter. Raises ValidationError."""
    told = {name: request.query_params[name] for name in request.query_params}
    return read_body(shape, {name: value for name, value in told.items() if value.strip()})


def _can_be_kept(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
