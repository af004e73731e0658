"""How this dialect refuses: always `{"error": {"code", "message", "details"}}` (its contract, section 0)."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from api.storable import UnstorableText
from referrals.errors import ReferralError

CODES = {
    400: "malformed_json",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
INPUT_AT_FAULT = {"code_mismatch", "confirmed_too_early", "self_referral"}  # a field is wrong; the rest are conflicts
MEANINGS = {
    400: "A parameter is wrong, or the body is no JSON.",
    401: "No key, or one that is not valid.",
    403: "The key may not do this.",
    404: "No such attribution or code.",
    405: "That method is not answered here.",
    406: "Only JSON is spoken here.",
    409: "What is recorded stands against it.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not JSON.",
    422: "A field is missing or wrong.",
    429: "Too many calls; `Retry-After` says how long to wait.",
}


class CodeNotFound(APIException):
    status_code = 404
    default_detail = "There is no active code of that spelling."


class InvalidParameters(ValidationError):
    """A query that cannot be understood: a 400, where a wrong field of a body is a 422."""


class Refused(APIException):
    """What the domain refused."""

    def __init__(self, error: ReferralError) -> None:
        super().__init__(str(error))
        self.error = error
        self.status_code = 422 if error.code in INPUT_AT_FAULT else 409


class ErrorDetail(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class ErrorObject(serializers.Serializer[Any]):
    error = ErrorDetail()


def refusals(*statuses: int) -> dict[int, OpenApiResponse]:
    """What the schema says of refusals, with those that every route has."""
    return {
        status: OpenApiResponse(ErrorObject, description=MEANINGS[status])
        for status in sorted({400, 401, 403, 405, 406, 429, *statuses})
    }


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's answer, with its headers, in this dialect's shape; None for what is a fault of ours."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, InvalidParameters):
        response.data = envelope("invalid_parameters", "Some parameters are not valid.", response.data)
    elif isinstance(error, ValidationError):
        response.status_code = 422
        response.data = envelope("validation_failed", "Some fields are not valid.", response.data)
    elif isinstance(error, Refused):
        field = error.error.field
        response.data = envelope(error.error.code, str(error.error), {field: [str(error.error)]} if field else {})
    elif isinstance(error, CodeNotFound):
        response.data = envelope("unknown_code", error.default_detail, {"code": [error.default_detail]})
    elif isinstance(error, Throttled):
        response.data = envelope("rate_limited", f"Too many calls; try again in {response['Retry-After']} seconds.", {})
    else:
        response.data = envelope(_code_of(error, response.status_code), response.data["detail"], {})
    return response


def _code_of(error: Exception, status: int) -> str:
    return "invalid_parameters" if isinstance(error, UnstorableText) else CODES.get(status, "error")


def envelope(code: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": details}}
