"""Text that PostgreSQL cannot hold, so that nothing asked with it can have an answer."""

from django.http import HttpRequest
from rest_framework.exceptions import ParseError
from rest_framework.request import Request


class UnstorableText(ParseError):
    default_detail = "The request holds a NUL character."


def holds_nul(request: HttpRequest | Request) -> bool:
    """Whether there is one in the path or in the query."""
    raw = request.META.get("QUERY_STRING", "") + request.path
    return "\x00" in raw or "%00" in raw
