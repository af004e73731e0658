"""`GET /v1/openapi/<dialect>.json`: open to anybody, generated once a process."""

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from api.openapi.dialects import DIALECTS, describe


def show_schema(request: HttpRequest, dialect: str) -> HttpResponse:  # noqa: ARG001 (Django passes it)
    """A dialect's OpenAPI 3.1 document; 404 for a name that is no dialect's."""
    if dialect not in DIALECTS:
        raise Http404
    return JsonResponse(_schema_of(dialect))


@cache
def _schema_of(dialect: str) -> dict[str, Any]:
    return describe(dialect)
