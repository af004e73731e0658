"""How this dialect refuses: always `{"error": {"code", "message", "details"}}` (its contract, section 0)."""

from typing import Any

from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

CODES = {
    400: "malformed_json",
    401: "unauthorized",
    403: "forbidden",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "payload_too_large",
    415: "unsupported_media_type",
}


class CodeNotFound(APIException):
    status_code = 404
    default_detail = "There is no active code of that spelling."


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's answer, with its headers, in this dialect's shape; None for what is a fault of ours."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.status_code = 422
        response.data = envelope("validation_failed", "Some fields are not valid.", response.data)
    elif isinstance(error, CodeNotFound):
        response.data = envelope("unknown_code", error.default_detail, {"code": [error.default_detail]})
    elif isinstance(error, Throttled):
        response.data = envelope("rate_limited", f"Too many calls; try again in {response['Retry-After']} seconds.", {})
    else:
        response.data = envelope(CODES.get(response.status_code, "error"), response.data["detail"], {})
    return response


def envelope(code: str, message: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "details": details}}
