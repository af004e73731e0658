"""How Webshare refuses (contracts/webshare.md, section 0): the live API's shape where it differs from its manual's."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

MEANINGS = {
    400: "What was sent is wrong: by field, a list of message and code.",
    401: "No key, or one that is wrong.",
    403: "The key may not do this.",
    404: "Not found, or not the caller's.",
    405: "Method not allowed.",
    406: "Only JSON is spoken here.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not JSON.",
    429: "Throttled; `Retry-After` says how long to wait.",
}


class Told(serializers.Serializer[Any]):
    detail = serializers.CharField()


class ToldWithCode(Told):
    code = serializers.CharField()


def answers(success: Any, *refusals: int, status: int = 200) -> dict[int, Any]:
    """What the schema says of an endpoint: what it answers, and how it refuses; what every endpoint has included."""
    bodies: dict[int, Any] = {400: OpenApiTypes.OBJECT, 403: ToldWithCode}
    refused = sorted({405, 406, 429, *refusals})
    told = {code: OpenApiResponse(bodies.get(code, Told), description=MEANINGS[code]) for code in refused}
    return {status: success, **told}


def refuse(field: str, message: str, code: str) -> ValidationError:
    """A 400 that names one field."""
    return ValidationError({field: [ErrorDetail(message, code)]})


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """`{"field": [{"message", "code"}]}` for what was sent wrong, `{"detail"}` for the rest; None for our faults."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = _by_field(error)
    elif isinstance(error, PermissionDenied):
        response.data = {"detail": error.detail, "code": error.get_codes()}
    elif isinstance(error, Http404):
        response.data = {"detail": "Not found."}
    elif isinstance(error, Throttled):
        response.data = {"detail": "Request was throttled."}
    return response


def _by_field(error: ValidationError) -> Any:
    """What is wrong with no field in particular is told as a detail."""
    details: Any = error.get_full_details()
    whole = details if isinstance(details, list) else details.get(api_settings.NON_FIELD_ERRORS_KEY)
    return {"detail": whole[0]["message"]} if whole else details
