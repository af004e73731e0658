"""How this API refuses: RFC 9457 problem details, with a stable `code` and what is wrong with each field."""

from typing import Any

from django.core.exceptions import ValidationError as ModelError
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from events.errors import EventError
from payouts.errors import PayoutError, PayoutRefused
from referrals.errors import ReferralError

MEDIA_TYPE = "application/problem+json"
UNPROCESSABLE = 422
Refusal = EventError | ReferralError | PayoutError
REFUSALS = (EventError, ReferralError, PayoutError)
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "precondition_failed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "validation_failed",
    429: "rate_limited",
}
MEANINGS = {
    400: "A parameter is wrong, or the body is no JSON.",
    401: "No key, or one that is not valid.",
    403: "The key lacks the scope, or is bound to one person.",
    404: "There is none of that id, or it is not yours.",
    405: "That method is not answered here.",
    406: "Only JSON is spoken here.",
    409: "What is recorded stands against it; `code` says what.",
    412: "It has changed since the `ETag` in `If-Match`.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some fields are not valid; `errors` names them.",
    429: "Too many calls; `Retry-After` says how long to wait.",
}


class FieldError(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="A path such as `items.0.email`; empty where it is about the whole.")
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemDetails(serializers.Serializer[Any]):
    type = serializers.CharField(help_text="`urn:vouch:problem:` and the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable: branch on this.")
    errors = FieldError(many=True)  # type: ignore[assignment]


class Problem(APIException):
    """A refusal with a code of its own. `more` are further members of the problem, beside the usual ones."""

    def __init__(self, status: int, code: str, detail: str, *, field: str = "", **more: Any) -> None:
        super().__init__(detail, code)
        self.status_code, self.field, self.more = status, field, more


def problem_of(error: Refusal) -> Problem:
    """What the domain refused: a field that is wrong is a 422, and all that stands against it a 409."""
    field = getattr(error, "field", None) or ""
    more = {"reason": error.reason} if isinstance(error, PayoutRefused) else {}
    return Problem(UNPROCESSABLE if field else 409, error.code, str(error) or str(error.__doc__), field=field, **more)


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """What the schema says of refusals, with those that every route has."""
    wanted = sorted({400, 401, 403, 405, 406, 429, *statuses})
    return {(status, MEDIA_TYPE): OpenApiResponse(ProblemDetails, description=MEANINGS[status]) for status in wanted}


def answer_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The problem that an exception is; None for what is a fault of ours."""
    if isinstance(error, Refusal):
        error = problem_of(error)
    if isinstance(error, ModelError):
        error = ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.status_code = getattr(error, "http_status", UNPROCESSABLE)
    response.data = describe(error, response.status_code)
    response.content_type = MEDIA_TYPE
    return response


def describe(error: Exception, status: int) -> dict[str, Any]:
    """A problem as it is written."""
    code = error.get_codes() if isinstance(error, Problem) else CODES.get(status, "error")
    problem = {
        "type": f"urn:vouch:problem:{code}",
        "title": MEANINGS.get(status, "Refused."),
        "status": status,
        "detail": _detail_of(error),
        "code": code,
        "errors": _errors_of(error),
    }
    return {**problem, **error.more} if isinstance(error, Problem) else problem


def _detail_of(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "Some fields are not valid."
    if isinstance(error, Throttled):
        return str(error.detail)
    return str(error.detail) if isinstance(error, APIException) else str(error)


def _errors_of(error: Exception) -> list[dict[str, str]]:
    if isinstance(error, ValidationError):
        return list(_flatten(error.detail, ""))
    if isinstance(error, Problem) and error.field:
        return [{"field": error.field, "code": str(error.get_codes()), "message": str(error.detail)}]
    return []


def _flatten(detail: Any, path: str) -> Any:
    if isinstance(detail, dict):
        for name, value in detail.items():
            yield from _flatten(value, path if name == "non_field_errors" else f"{path}.{name}".strip("."))
    elif isinstance(detail, list) and any(isinstance(value, dict | list) for value in detail):
        for number, value in enumerate(detail):
            yield from _flatten(value, f"{path}.{number}".strip("."))
    elif isinstance(detail, list):
        for value in detail:
            yield from _flatten(value, path)
    else:
        yield {
            "field": path,
            "code": detail.code or "invalid" if isinstance(detail, ErrorDetail) else "invalid",
            "message": str(detail),
        }
