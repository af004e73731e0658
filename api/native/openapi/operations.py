"""What every operation of this API has in common: its parameters, its refusals, and what a rehearsal answers."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular carries no types.

from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from api.native.errors import problems
from api.native.shapes import Shape
from api.native.tags import SAFE
from api.openapi.schema import DialectSchema

HEADER: Final = OpenApiParameter.HEADER
DRY_RUN = OpenApiParameter("dry_run", bool, description="Rehearse: answer what it would do, and do nothing.")
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    location=HEADER,
    description="The same key again is answered what it was answered, for 72 hours. At most 255 characters.",
)
PLAN = OpenApiParameter(
    "Vouch-Plan",
    location=HEADER,
    description="The `plan` of a rehearsal: the write is done only if what it is about is unchanged, else it is a 409.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", location=HEADER, description="The `ETag` that the object had: if it has changed, it is a 412."
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", location=HEADER, description="The `ETag` that the object had: if it is unchanged, it is a 304."
)
SUMMARIES = {"list": "List {0}", "retrieve": "Read one of {0}"}


class Rehearsal(serializers.Serializer[Any]):
    """What a write would do. Nothing of it is done."""

    dry_run = serializers.ChoiceField([True])
    answer = serializers.JSONField(help_text="What it would be answered; null for nothing.")
    status = serializers.IntegerField()
    changes = serializers.ListField(child=serializers.DictField(), help_text="Of which object what, before and after.")
    entries = serializers.ListField(child=serializers.DictField(), help_text="Ledger entries.")
    events = serializers.ListField(child=serializers.DictField())
    messages = serializers.ListField(child=serializers.DictField(), help_text="Mails and webhooks.")
    outside_calls = serializers.ListField(child=serializers.DictField(), help_text="What workers would ask of Stripe.")
    plan = serializers.CharField(help_text="Sent back as `Vouch-Plan` within a day, it does exactly this.")


class NativeSchema(DialectSchema):
    """Describes an operation by the resource's own tables, so that no resource has to repeat what all have."""

    view: Any

    def get_operation_id(self) -> str:
        return f"{self._name.replace('-', '_')}_{self.view.action}"

    def get_summary(self) -> str:
        about = SUMMARIES.get(self.view.action)
        if about:
            return about.format(self._name.replace("-", " "))
        first, dot, _ = self.get_description().partition(". ")
        return str(" ".join(f"{first}{dot.strip()}".split()).rstrip(".").split(":")[0])

    def get_tags(self) -> list[str]:
        return [self._name]

    def get_override_parameters(self) -> list[Any]:
        if self.method not in SAFE:
            detail = [IF_MATCH] if self._is_detail else []
            return [DRY_RUN, IDEMPOTENCY, PLAN, *detail]
        if self.view.action not in {"list", "retrieve"}:
            return []
        return [*self._narrowing(), *([IF_NONE_MATCH] if self._is_detail else [])]

    def _narrowing(self) -> list[OpenApiParameter]:
        fields = [name for name in self.view.get_serializer_class()().fields if name != "id"]
        shown = _several("fields", fields, "Show only these fields, and the id.")
        expand = _several("expand", list(self.view.expands), "Show these objects whole in place of their ids.")
        return [shown, expand] if self.view.expands else [shown]

    def _get_parameters(self) -> list[dict[str, Any]]:
        """Of the query what the view itself says that it knows, and nothing else."""
        known = self.view.known_parameters()
        found: list[dict[str, Any]] = super()._get_parameters()
        return [_not_empty(each) for each in found if each["in"] != "query" or each["name"] in known]

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        """A body of which all can be left out can be left out."""
        found: dict[str, Any] | None = super()._get_request_body(direction)
        asked = self.get_request_serializer() if found else None
        if found and isinstance(asked, type) and issubclass(asked, serializers.Serializer):
            found["required"] = any(field.required for field in asked().fields.values())
        return found

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super()._get_filter_parameters()
        return [_ordering(self.view)] + [each for each in found if each["name"] != "ordering"] if found else []

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found = super()._get_response_bodies(direction)
        if self.method not in SAFE:
            found["200"] = self._with_rehearsal(found.get("200"))
        for code, answer in found.items():
            if not answer.get("description"):
                answer["description"] = DESCRIPTIONS[code]
        if self.view.action == "retrieve":
            found["304"] = {"description": "It is as you have it."}
        for (status, media_type), problem in problems(*self._refusals()).items():
            found[str(status)] = self._get_response_for_code(problem, str(status), [media_type])
        return dict(sorted(found.items()))

    def _with_rehearsal(self, done: dict[str, Any] | None) -> dict[str, Any]:
        rehearsal = self._get_response_for_code(Rehearsal, "200")
        if not done:
            return {**rehearsal, "description": "What it would do, of a rehearsal."}
        media, other = done["content"]["application/json"], rehearsal["content"]["application/json"]
        media["schema"] = {"anyOf": [media["schema"], other["schema"]]}
        return {**done, "description": "Done; or what it would do, of a rehearsal."}

    def _refusals(self) -> set[int]:
        found = {404} if self._is_detail else set()
        if self.method in SAFE:
            return found
        return found | {409, 413, 415, 422} | ({412} if self._is_detail else set())

    def _postprocess_serializer_schema(self, schema: dict[str, Any], serializer: Any, direction: str) -> dict[str, Any]:
        """`fields` leaves out all but the id, and what is told once is told once."""
        schema = super()._postprocess_serializer_schema(schema, serializer, direction)
        if isinstance(serializer, Shape) and direction == "response":
            schema["required"] = ["id"]
        return schema

    def _get_serializer_name(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> str:  # noqa: FBT001, FBT002 (the library's own)
        name: str = super()._get_serializer_name(serializer, direction, bypass_extensions)
        return name.removesuffix("Shape")

    @property
    def _name(self) -> str:
        return str(self.path).strip("/").split("/")[1]

    @property
    def _is_detail(self) -> bool:
        return "{id}" in str(self.path)


DESCRIPTIONS = {"200": "It is as asked.", "201": "Made.", "202": "In line.", "204": "Done. There is nothing to show."}


def _not_empty(parameter: dict[str, Any]) -> dict[str, Any]:
    """Text in a query is some text, and a list has something in it."""
    schema = parameter["schema"]
    if parameter["in"] == "query" and schema.get("type") in {"string", "array"} and "enum" not in schema:
        least = "minLength" if schema["type"] == "string" else "minItems"
        return {**parameter, "schema": {**schema, least: 1}}
    return parameter


def _several(name: str, known: list[str], description: str) -> OpenApiParameter:
    array = {"type": "array", "items": {"type": "string", "enum": known}}
    return OpenApiParameter(name, array, style="form", explode=False, description=f"{description} Several by commas.")


def _ordering(view: Any) -> dict[str, Any]:
    names = [f"{sign}{name}" for name in view.ordering_fields for sign in ("", "-")]
    about = {"name": "ordering", "in": "query", "required": False, "schema": {"type": "string", "enum": names}}
    return {**about, "description": "By which field, or with a `-` from its greatest value down."}
