"""How objects are shown: the base of every serializer here, and the fields that they share."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.native.ids import id_of, lookup
from credits.models.money import validate_currency


class Shape(serializers.Serializer[Any]):
    """An object as it is shown. The context's `fields` says which of its fields beside the id, `expand` which of its
    Related ones are shown whole, by dotted paths.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        shown = {"id": shown.pop("id"), **shown} if "id" in shown else shown
        wanted = self.context.get("fields", frozenset())
        if not wanted or not self._is_outermost:
            return shown
        return {name: shown[name] for name in shown if name in wanted or name == "id"}

    @property
    def _is_outermost(self) -> bool:
        return self.parent is None or (isinstance(self.parent, serializers.ListSerializer) and not self.parent.parent)


@extend_schema_field({"type": "string"})
class Id(serializers.Field[Any, str, str, Any]):
    """The public id of the object itself."""

    def __init__(self, **options: Any) -> None:
        super().__init__(source="*", read_only=True, **options)

    def to_representation(self, value: Model) -> str:
        return id_of(value)


class Related(serializers.Field[Any, str, Any, Any]):
    """Another object: its id, or where `expand` names it the object itself, in its own shape."""

    def __init__(self, shape: type[Shape], **options: Any) -> None:
        super().__init__(read_only=True, **options)
        self.shape = shape

    def to_representation(self, value: Model) -> Any:
        expand = self.context.get("expand", frozenset())
        if self.field_name not in expand:
            return id_of(value)
        deeper = {name.partition(".")[2] for name in expand if name.startswith(f"{self.field_name}.")}
        return self.shape(value, context={**self.context, "expand": deeper, "fields": frozenset()}).data


@extend_schema_field({"type": "string"})
class Reference(serializers.Field[Any, str, str, Any]):
    """In a body: the id of an object of the caller's tenant, which becomes that object."""

    default_error_messages = {"unknown": "There is none of that id."}

    def __init__(self, model: Any, **options: Any) -> None:
        super().__init__(**options)
        self.model = model

    def to_internal_value(self, data: Any) -> Any:
        wanted = lookup(self.model, data) if isinstance(data, str) else None
        found = self.model.objects.for_tenant(self.context["tenant"]).filter(**wanted).first() if wanted else None
        if found is None:
            self.fail("unknown")
        return found

    def to_representation(self, value: Model) -> str:
        return id_of(value)


class Money(serializers.Serializer[Any]):
    """`{"amount": 250, "currency": "USD"}`: minor units, never a fraction."""

    amount = serializers.IntegerField(min_value=1, max_value=10**15)
    currency = serializers.CharField(max_length=7, validators=[validate_currency])


@extend_schema_field({"type": "string", "pattern": r"^(0(\.\d{1,6})?|1(\.0{1,6})?)$"})
class Rate(serializers.DecimalField):
    """A part of one, as text: 0.25 is 25%."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=7, decimal_places=6, min_value=0, max_value=1, **options)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Null is none; the framework takes empty text for that too."""
        if isinstance(data, str) and not data.strip():
            self.fail("invalid")
        return super().validate_empty_values(data)


class MoneyOf(serializers.Field[Any, Any, dict[str, Any], Any]):
    """A number of minor units beside the currency of its object."""

    def __init__(self, amount: str, currency: str = "currency", **options: Any) -> None:
        super().__init__(source="*", read_only=True, **options)
        self.amount, self.currency = amount, currency

    def to_representation(self, value: Any) -> Any:
        amount = _follow(value, self.amount)
        return None if amount is None else {"amount": amount, "currency": _follow(value, self.currency)}


def _follow(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[name] if isinstance(value, Mapping) else getattr(value, name)
    return value
