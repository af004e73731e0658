"""How Referral Rock refuses (contracts/referral-rock.md, section 1, Error shapes).

`{"message": reason}` with a status, naming the field at fault. Sets and confirmations keep their shape around it, with
null for what there is not, because clients look there; a refusal by the domain, such as a duplicate, is a 200 to them.
What our services raise is answered here, so that views need not catch anything.
"""

from collections.abc import Iterator
from typing import Any

from django.http import Http404
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from api.referral_rock.words import FIELDS
from credits.errors import CreditError
from events.errors import EventError
from payouts.errors import PayoutError
from referrals.errors import ReferralError

DENIED = "Authorization has been denied for this request."


class NotThere(NotFound):
    """`NotThere("member")`: 404."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


class Failure(Exception):
    """What was asked cannot be done: the message of a set, of a confirmation, or of one item of many."""


REFUSALS = (Failure, ReferralError, CreditError, PayoutError, EventError)


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to what a view raised; None for what is a fault of ours."""
    view = context["view"]
    if isinstance(error, REFUSALS):
        return Response(view.shape_failure(explain(error)), status=view.failure_status)
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = view.shape_failure(explain(error))
    elif response.status_code == 401:  # noqa: PLR2004 (as it says)
        response.data = show_message(DENIED)
    else:
        response.data = show_message(_message_of(error))
    return response


def show_message(message: str) -> dict[str, Any]:
    return {"message": message}


def explain(error: Exception) -> str:
    """One sentence or more for whoever asked: of an invalid body, each with the field it is about."""
    if isinstance(error, ValidationError):
        return " ".join(f"{field}: {detail}" if field else detail for field, detail in _flatten(error.detail))
    field = getattr(error, "field", None)
    return f"{FIELDS.get(field, field)}: {error}" if field else str(error)


def _message_of(error: Exception) -> str:
    if isinstance(error, Http404):
        return "Not found."
    return str(error.detail) if isinstance(error, APIException) else str(error)


def _flatten(detail: Any, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, part in detail.items():
            yield from _flatten(part, _join(field, "" if name == "non_field_errors" else str(name)))
    elif isinstance(detail, list):
        for part in detail:
            yield from _flatten(part, field)
    else:
        yield field, str(detail)


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field and name else field or name
