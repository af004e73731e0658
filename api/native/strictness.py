"""Bodies are taken by their types: the framework would make text of a number, and a truth of the word `no`."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

MESSAGES = {str: "Not a text.", bool: "Not true or false.", int: "Not a whole number."}


def take(reader: Any) -> dict[str, Any]:
    """What a reader makes of its data. Raises ValidationError naming each field at fault."""
    faults = faults_of(reader, reader.initial_data)
    if faults:
        raise serializers.ValidationError(faults)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


def faults_of(reader: Any, data: Any) -> dict[str, Any]:
    """By field, what is of another type than its own; empty where all is as it should be."""
    if not isinstance(data, dict):
        return {}  # the reader says so itself
    found = {name: _fault_of(field, data[name]) for name, field in reader.fields.items() if name in data}
    return {name: fault for name, fault in found.items() if fault}


def _fault_of(field: Any, value: Any) -> Any:
    if isinstance(field, serializers.Serializer):
        return faults_of(field, value)
    wanted = _type_of(field)
    if wanted is None or value is None or type(value) is wanted:
        return None
    if wanted is int and isinstance(value, float) and value.is_integer():
        return None  # 7.0 is a whole number to JSON
    return [ErrorDetail(MESSAGES[wanted], code="invalid")]


def _type_of(field: Any) -> type | None:
    if isinstance(field, serializers.CharField | serializers.DecimalField | serializers.IPAddressField):
        return str
    if isinstance(field, serializers.BooleanField):
        return bool
    return int if isinstance(field, serializers.IntegerField) else None
