"""How the schema tells of our own fields. The library finds what is in here by its being imported."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular carries no types.

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers


class Amount(serializers.Serializer[Any]):
    """Minor units of a currency: 250 of USD are 2.50."""

    amount = serializers.IntegerField()
    currency = serializers.CharField(help_text="ISO 4217, or CREDITS.")


class RelatedField(OpenApiSerializerFieldExtension):
    """An id, or the whole object where it was expanded."""

    target_class = "api.native.shapes.Related"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        shape = auto_schema.resolve_serializer(self.target.shape, direction)
        return {"oneOf": [{"type": "string"}, shape.ref]}


class MoneyOfField(OpenApiSerializerFieldExtension):
    target_class = "api.native.shapes.MoneyOf"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        shown: dict[str, Any] = auto_schema.resolve_serializer(Amount, direction).ref
        return shown
