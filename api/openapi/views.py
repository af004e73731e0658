"""`GET /v1/openapi/<dialect>.json`, generated once a process; `GET /v1/openapi.json` of our own API; `GET /v1/docs`, a
page that reads it. All are open to anybody, and the page asks nothing of other hosts.
"""

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from api.native.openapi.document import read_document
from api.openapi.dialects import DIALECTS, describe

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)


def show_document(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (Django passes it)
    return HttpResponse(read_document(), content_type="application/json")


def show_page(request: HttpRequest) -> HttpResponse:
    response = render(request, "api/docs.html")
    response["Content-Security-Policy"] = POLICY
    return response


def show_schema(request: HttpRequest, dialect: str) -> HttpResponse:  # noqa: ARG001 (Django passes it)
    """A dialect's OpenAPI 3.1 document; 404 for a name that is no dialect's."""
    if dialect not in DIALECTS:
        raise Http404
    return JsonResponse(_schema_of(dialect))


@cache
def _schema_of(dialect: str) -> dict[str, Any]:
    return describe(dialect)
