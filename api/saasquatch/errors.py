"""How SaaSquatch refuses: `{statusCode, message, apiErrorCode, rsCode}` (contracts/saasquatch.md, section 0).

What our services raise is turned into its words by one table, so that views need not catch anything.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rest_framework.exceptions import APIException, AuthenticationFailed, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from credits import errors as credit_errors
from events.errors import EventError, UnsafeUrl
from referrals import errors as referral_errors


class Words(NamedTuple):
    status: int
    api_code: str
    rs_code: str | None = None


class Refusal(APIException):
    """A refusal of this dialect's own."""

    def __init__(self, message: str, words: Words) -> None:
        super().__init__(message)
        self.status_code = words.status
        self.words = words


class TenantNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__("Missing or invalid tenant alias.", Words(404, "TENANT_NOT_FOUND", "RS045"))


class BadToken(AuthenticationFailed):
    words = Words(401, "INVALID_TOKEN", "RS032")


class OpenEndpointsOff(Refusal):
    def __init__(self) -> None:
        super().__init__("Open endpoints are off.", Words(403, "FORBIDDEN"))


class NotSupported(Refusal):
    def __init__(self, message: str) -> None:
        super().__init__(message, Words(403, "API_REQUEST_NOT_SUPPORTED", "RS051"))


class NotThere(Refusal):
    """`NotThere("referral")`"""

    RS_CODES = {"account": "RS041", "user": "RS042"}

    def __init__(self, what: str) -> None:
        code = f"{what.upper()}_NOT_FOUND"
        super().__init__(f"There is no such {what}.", Words(404, code, self.RS_CODES.get(what)))


# The more special ones first: the first that fits is taken.
SITUATIONS: dict[type[Exception], Words] = {
    referral_errors.UnknownCode: Words(404, "CODE_NOT_FOUND"),
    referral_errors.CodeTaken: Words(400, "VALIDATION_FAILED", "RS034"),
    referral_errors.PersonExists: Words(400, "USER_EXISTS", "RS048"),
    referral_errors.AccountFull: Words(400, "ACCOUNT_FULL", "RS013"),
    referral_errors.AlreadyBlocked: Words(403, "USER_ALREADY_BLOCKED"),
    referral_errors.NotBlocked: Words(403, "USER_NOT_BLOCKED"),
    referral_errors.NotToBeTracked: Words(403, "DO_NOT_TRACK", "RS050"),
    referral_errors.BlockedPerson: Words(403, "USER_BLOCKED"),
    referral_errors.AlreadyReferred: Words(400, "ALREADY_REFERRED"),
    referral_errors.AlreadyCustomer: Words(400, "ALREADY_CONVERTED"),
    referral_errors.SelfReferral: Words(400, "SELF_REFERRAL"),
    credit_errors.NotCancellable: Words(400, "REWARD_NOT_CANCELLABLE"),
    credit_errors.InsufficientCredit: Words(402, "INSUFFICIENT_CREDIT"),
    credit_errors.RedemptionDiffers: Words(400, "REDEMPTION_DIFFERS"),
    referral_errors.ReferralError: Words(400, "REQUEST_FAILED"),
    UnsafeUrl: Words(400, "VALIDATION_FAILED"),
    EventError: Words(400, "REQUEST_FAILED"),
}
# What Django REST framework raises, by status.
STATUSES: dict[int, Words] = {
    400: Words(400, "MALFORMED_REQUEST"),
    401: Words(401, "INVALID_API_KEY"),
    403: Words(403, "FORBIDDEN"),
    404: Words(404, "NOT_FOUND"),
    405: Words(405, "METHOD_NOT_ALLOWED"),
    413: Words(413, "PAYLOAD_TOO_LARGE"),
    415: Words(415, "UNSUPPORTED_MEDIA_TYPE", "RS046"),
    429: Words(429, "RATE_LIMITED", "RS033"),
}
INVALID = Words(400, "VALIDATION_FAILED")


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to what a view raised; None for what is a fault of ours."""
    words = next((words for kind, words in SITUATIONS.items() if isinstance(error, kind)), None)
    if words:
        return Response(show_error(words, str(error)), status=words.status)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = show_invalid(error)
    elif isinstance(error, Refusal | BadToken):
        response.data = show_error(error.words, str(error.detail))
    else:
        response.data = show_error(_words_of(error, response.status_code), str(response.data["detail"]))
    return response


def show_error(words: Words, message: str) -> dict[str, Any]:
    return {
        "statusCode": words.status,
        "message": message,
        "apiErrorCode": words.api_code,
        "rsCode": words.rs_code,
    }


def show_invalid(error: ValidationError) -> dict[str, Any]:
    """Every message with the field it is about. A code of its own that a field's error carries is the answer's."""
    found = list(_flatten(error.detail))
    messages = [f"{field}: {detail}" if field else str(detail) for field, detail in found]
    rs_code = next((detail.code for _, detail in found if (detail.code or "").startswith("RS")), None)
    return {**show_error(INVALID._replace(rs_code=rs_code), " ".join(messages)), "validationErrors": messages}


def _words_of(error: Exception, status: int) -> Words:
    if getattr(error, "default_code", "") == "not_authenticated":
        return STATUSES[401]._replace(rs_code="RS045")
    return STATUSES.get(status, Words(status, "REQUEST_FAILED"))


def _flatten(detail: Any, field: str = "") -> Iterator[tuple[str, ErrorDetail]]:
    if isinstance(detail, dict):
        for name, part in detail.items():
            yield from _flatten(part, _join(field, "" if name == "non_field_errors" else str(name)))
    elif isinstance(detail, list):
        for part in detail:
            yield from _flatten(part, field)
    else:
        yield field, detail


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field and name else field or name
