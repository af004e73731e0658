"""How Webshare refuses (contracts/webshare.md, section 0): the live API's shape where it differs from its manual's."""

from typing import Any

from django.http import Http404
from rest_framework.exceptions import PermissionDenied, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """`{"field": [{"message", "code"}]}` for what was sent wrong, `{"detail"}` for the rest; None for our faults."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = error.get_full_details()
    elif isinstance(error, PermissionDenied):
        response.data = {"detail": error.detail, "code": error.get_codes()}
    elif isinstance(error, Http404):
        response.data = {"detail": "Not found."}
    elif isinstance(error, Throttled):
        response.data = {"detail": "Request was throttled."}
    return response
