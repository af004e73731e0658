"""How Crawlora refuses (contracts/crawlora.md, section 0): `{"code", "msg", "data": null}`, its code the status."""

from typing import Any

import structlog
from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

log = structlog.get_logger(__name__)

MESSAGES = {
    401: "authentication required",
    404: "not found",
    405: "method not allowed",
    406: "not acceptable",
    413: "request body too large",
    415: "unsupported media type",
    429: "rate limited",
    500: "internal server error",
}
MEANINGS = {
    400: "Invalid input or missing required parameter",
    401: "Authentication required",
    403: "Admin plan required",
    404: "Referral attribution not found",
    405: "Method not allowed",
    406: "Only JSON is spoken here",
    413: "The body is larger than 64 KiB",
    415: "The body is not JSON",
    429: "Plan or endpoint rate limit exceeded; `Retry-After` says how long to wait",
    500: "Internal server error",
}


class InvalidRequest(APIException):
    status_code = 400
    default_detail = "Invalid request"


class ReferralNotFound(APIException):
    status_code = 404
    default_detail = "referral attribution not found"


@extend_schema_field({"oneOf": [{"type": "null"}]})
class Nothing(serializers.JSONField):
    """A refusal has no data."""


class ErrorObject(serializers.Serializer[Any]):
    """`app.Response` without data."""

    code = serializers.IntegerField()
    msg = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "data": Nothing()}


def refusals(*statuses: int) -> dict[int, OpenApiResponse]:
    """What the schema says of refusals, with those that every route has."""
    everywhere = {400, 405, 406, 429, 500}
    return {
        status: OpenApiResponse(ErrorObject, description=MEANINGS[status])
        for status in sorted(everywhere | set(statuses))
    }


def answer_error(error: Exception, context: dict[str, Any]) -> Response:
    """Any error in the envelope, with the headers Django REST framework gives it; a fault of ours as the 500 it is."""
    response = exception_handler(error, context)
    if response is None:
        log.error("unhandled_error", exc_info=error)
        response = Response(status=500)
    response.data = envelope(response.status_code, _message(error, response), None)
    return response


def envelope(code: int, message: str, data: Any) -> dict[str, Any]:
    return {"code": code, "msg": message, "data": data}


def _message(error: Exception, response: Response) -> str:
    if isinstance(error, ValidationError):
        return _name_fields(error.detail)
    if isinstance(error, ParseError):
        return f"{InvalidRequest.default_detail}: {error.detail}"
    if isinstance(error, InvalidRequest | ReferralNotFound) or response.status_code not in MESSAGES:
        return str(getattr(error, "detail", error))
    return MESSAGES[response.status_code]


def _name_fields(detail: Any) -> str:
    """`Invalid request: status: "open" is not a valid choice.`"""
    if not isinstance(detail, dict):
        return f"{InvalidRequest.default_detail}: {detail[0]}"
    faults = [
        text if field == "non_field_errors" else f"{field}: {text}" for field, texts in detail.items() for text in texts
    ]
    return f"{InvalidRequest.default_detail}: {' '.join(faults)}"
