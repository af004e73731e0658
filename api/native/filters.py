"""Filters of lists: exact, a range, or one of several."""

# mypy: disable-error-code="no-untyped-call, misc, name-defined, no-any-return"
# django-filter carries no types.

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django_filters.constants import EMPTY_VALUES

from api.native.ids import lookup


class Choices(filters.BaseInFilter, filters.ChoiceFilter):
    """`?status=rewarded` or `?status=rewarded,capped`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(lookup_expr="in", **options)


class Moments(filters.IsoDateTimeFromToRangeFilter):
    """`?created_at_after=&created_at_before=`, both inclusive, RFC 3339."""


class TrueOrFalse(forms.Field):
    """The usual field takes whatever it does not understand for no choice at all."""

    def to_python(self, value: Any) -> bool | None:
        if value in EMPTY_VALUES:
            return None
        if str(value).lower() not in {"true", "false"}:
            raise forms.ValidationError("Say `true` or `false`.", code="invalid")
        return str(value).lower() == "true"


class Flag(filters.BooleanFilter):
    field_class: Any = TrueOrFalse


class OfId(filters.CharFilter):
    """`?program=prg_...`, or several: an id that names nothing selects nothing."""

    def __init__(self, model: Any, *, direct: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.named, self.direct = model, direct  # direct: the column holds the UUID itself

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value in EMPTY_VALUES:
            return qs
        named = [lookup(self.named, name.strip()) or {} for name in value.split(",")]
        pairs = [pair for wanted in named for pair in wanted.items()]
        if not pairs:
            return qs.none()
        path = self.field_name if self.direct else f"{self.field_name}__{pairs[0][0]}"
        return qs.filter(**{f"{path}__in": [value for _, value in pairs]})


def parameters_of(filterset: Any, rows: QuerySet[Any]) -> set[str]:
    """The query parameters that a filterset knows."""
    names = set()
    for name, field in filterset(queryset=rows).form.fields.items():
        suffixes = getattr(field.widget, "suffixes", [""])
        names |= {f"{name}_{suffix}" if suffix else name for suffix in suffixes}
    return names
