"""Pages: by cursor, as deep as one likes at the same cost; by number where counting is cheap."""

import base64
import json
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Q, QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

PAGE, MOST = 50, 200


class InvalidPage(ValidationError):
    http_status = 400


class Place(NamedTuple):
    """Between two rows: past the row of that value and id, or before it."""

    backwards: bool
    value: str
    pk: int


class Cursors(CursorPagination):
    """`?limit=&cursor=`: `{"data": [...], "next": url or null, "previous": url or null}`.

    A cursor names the value and the id of a row, and not how many come before it: however many rows are of one value,
    every page costs the same and none is shown twice or left out.
    """

    page_size = PAGE
    max_page_size = MOST
    page_size_query_param = "limit"
    ordering: Any = ("-id",)

    def get_page_size(self, request: Request) -> int:
        return read_limit(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        self.address = request.build_absolute_uri()
        self.order = self.get_ordering(request, queryset, view)[0]  # type: ignore[arg-type]
        place, limit = self._read_cursor(request), self.get_page_size(request)
        try:
            rows = list(self._rows_from(queryset, place)[: limit + 1])
        except (ValueError, OverflowError, ModelError) as error:
            raise InvalidPage({"cursor": ["That is no cursor of this list."]}) from error
        has_more, rows = len(rows) > limit, rows[:limit]
        backwards = bool(place and place.backwards)
        self.rows = rows[::-1] if backwards else rows
        self.has_next, self.has_previous = (bool(rows), has_more) if backwards else (has_more, place is not None)
        return self.rows

    def _rows_from(self, rows: QuerySet[Any], place: Place | None) -> QuerySet[Any]:
        name = self.order.lstrip("-")
        descends = self.order.startswith("-") != bool(place and place.backwards)
        rows = rows.order_by(*(f"-{each}" if descends else each for each in dict.fromkeys([name, "pk"])))
        if place is None:
            return rows
        than = "lt" if descends else "gt"
        further = Q(**{f"{name}__{than}": place.value}) | Q(**{name: place.value, f"pk__{than}": place.pk})
        return rows.filter(further, **{f"{name}__{than}e": place.value})

    def _read_cursor(self, request: Request) -> Place | None:
        given = request.query_params.get(self.cursor_query_param)
        if given is None:
            return None
        try:
            backwards, value, pk = json.loads(base64.urlsafe_b64decode(given.encode() + b"==="))
            return Place(bool(backwards), str(value).replace("\x00", ""), int(pk))
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            raise InvalidPage({"cursor": ["That is no cursor of this list."]}) from error

    def _link(self, row: Any, *, backwards: bool) -> str:
        value = getattr(row, self.order.lstrip("-"))
        place = [backwards, value.isoformat() if hasattr(value, "isoformat") else str(value), row.pk]
        cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
        return replace_query_param(self.address, self.cursor_query_param, cursor)

    def get_next_link(self) -> str | None:
        if self.rows and self.has_next:
            return self._link(self.rows[-1], backwards=False)
        return remove_query_param(self.address, self.cursor_query_param) if self.has_next else None

    def get_previous_link(self) -> str | None:
        if self.rows and self.has_previous:
            return self._link(self.rows[0], backwards=True)
        return remove_query_param(self.address, self.cursor_query_param) if self.has_previous else None

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "next": self.get_next_link(), "previous": self.get_previous_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _envelope(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002 (the library passes it)
        about = {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}}
        return [LIMIT, {**about, "description": "From `next` or `previous` of an earlier page."}]


class Numbers(PageNumberPagination):
    """`?limit=&page=`: as by cursor, and `total`."""

    page_size = PAGE
    max_page_size = MOST
    page_size_query_param = "limit"
    last_page_strings = ()

    def get_page_size(self, request: Request) -> int:
        return read_limit(request)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            raise InvalidPage({"page": ["There is no such page."]}) from error

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"data": data, **links, "total": self.page.paginator.count})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return _envelope(schema, total={"type": "integer"})

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002 (the library passes it)
        number = {"type": "integer", "minimum": 1, "default": 1}
        about = {"name": "page", "in": "query", "required": False, "schema": number}
        return [LIMIT, {**about, "description": "Which page; the first is 1. A page past the last is refused."}]


LIMIT: dict[str, Any] = {
    "name": "limit",
    "in": "query",
    "required": False,
    "description": "How many a page holds at most.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE},
}


def read_limit(request: Request) -> int:
    """Raises InvalidPage for what is no number from 1 to 200: nobody is given less than they think they asked for."""
    given = request.query_params.get("limit", str(PAGE))
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(MOST)) and 1 <= int(given) <= MOST):
        raise InvalidPage({"limit": [f"A page holds 1 to {MOST}."]})
    return int(given)


def _envelope(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    link = {"type": ["string", "null"], "format": "uri"}
    properties = {"data": schema, "next": link, "previous": link, **more}
    return {"type": "object", "required": list(properties), "properties": properties}
