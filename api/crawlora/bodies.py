"""What a caller may send (contracts/crawlora.md, section 2)."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from api.crawlora.words import STATUSES
from referrals.services.named_clicks import LONGEST


class Text(serializers.CharField):
    """A JSON string and nothing that would only become one; null is as good as absent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "allow_blank": True, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Clamped(serializers.IntegerField):
    """A count from 1 on; more than the most is the most."""

    def __init__(self, *, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(min_value=1, required=False, help_text=f"More than {most} is {most}.", **options)

    def to_internal_value(self, data: Any) -> int:
        return min(super().to_internal_value(data), self.most)


class ListQuery(serializers.Serializer[Any]):
    user_id = serializers.CharField(required=False, allow_blank=True, max_length=255, help_text="Of either side.")
    status = serializers.ChoiceField(STATUSES, required=False, allow_blank=True)
    campaign = serializers.CharField(required=False, allow_blank=True, max_length=200)
    pending_grant = serializers.BooleanField(required=False)
    limit = Clamped(most=100, default=50)


class EventsQuery(serializers.Serializer[Any]):
    limit = Clamped(most=100, default=50)


class RecoverQuery(serializers.Serializer[Any]):
    limit = Clamped(most=200, default=200)


class Instant(serializers.DateTimeField):
    """RFC 3339. A plus sign that was not escaped has come here as a space."""

    def to_internal_value(self, value: Any) -> Any:
        return super().to_internal_value(value.replace(" ", "+") if "T" in value else value)


class StatsQuery(serializers.Serializer[Any]):
    campaign = serializers.CharField(required=False, allow_blank=True, max_length=200)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's."""
        bounds = {"from": "From this instant on.", "to": "Before this instant."}
        return {
            **{name: Instant(required=False, help_text=text) for name, text in bounds.items()},
            **super().get_fields(),
        }


class ClickBody(serializers.Serializer[Any]):
    """Only a code that can be used is needed. What is too long is cut; a landing path that is no path is dropped."""

    default_error_messages = {"invalid": "The body must be a JSON object."}

    click_id = Text(help_text="Yours; the same one again is the same click. Left out, one is made.")
    code = Text(max_length=64)
    landing_path = Text()
    utm_source = Text()
    utm_medium = Text()
    utm_campaign = Text()

    def validate_click_id(self, click_id: str | None) -> str:
        if click_id and len(click_id) > LONGEST:
            raise serializers.ValidationError(f"Ensure this field has no more than {LONGEST} characters.")
        return click_id or ""

    def validate_landing_path(self, path: str | None) -> str:
        return path if path and path.startswith("/") and not path.startswith("//") else ""


class RejectBody(serializers.Serializer[Any]):
    default_error_messages = {"invalid": "The body must be a JSON object."}

    reason = Text(max_length=500)


def read_query(request: Request, query: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The parameters that were sent, and defaults for the rest. Raises ValidationError naming each at fault."""
    return _validated(query(data=request.query_params.dict()))


def read_body(request: Request, body: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """The body; none at all, or null, is an empty one. Raises ValidationError and what parsing raises."""
    return _validated(body(data={} if request.data is None else request.data))


def _validated(read: serializers.Serializer[Any]) -> dict[str, Any]:
    read.is_valid(raise_exception=True)
    values: dict[str, Any] = read.validated_data
    return values
