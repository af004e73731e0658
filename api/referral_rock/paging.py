"""`offset` and `count`, and the envelope of sets (contracts/referral-rock.md, section 1).

A caller who asks for no page gets all there is, as in the original, up to MOST rows in one answer; `total` tells those
who have more. Rows are read and written CHUNK at a time, so that an answer takes as much memory as its own text.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from api.referral_rock.bodies import Query, read_query

ALL = 2**31 - 1
MOST = 10_000
CHUNK = 500


class Page(NamedTuple):
    offset: int
    most: int


class PageQuery(Query):
    offset = serializers.IntegerField(default=0, min_value=0, max_value=ALL)
    count = serializers.IntegerField(
        default=ALL, min_value=0, max_value=ALL, help_text=f"An answer has {MOST} rows at most; `total` tells of more."
    )


def read_page(request: Request) -> Page:
    """Raises ValidationError for what is no number, and for negative ones."""
    told = read_query(PageQuery, request)
    return Page(told["offset"], min(told["count"], MOST))


def ids_of(rows: QuerySet[Any], page: Page) -> list[int]:
    """The primary keys of a page, in order."""
    return list(rows.values_list("pk", flat=True)[page.offset : page.offset + page.most])


def answer_set(
    name: str,
    ids: list[int],
    show: Callable[[list[int]], list[dict[str, Any]]],
    *,
    total: int,
    page: Page,
    message_last: bool = False,
) -> HttpResponse:
    """The envelope around the rows of these primary keys; `show` is asked for a chunk of them at a time."""
    render = JSONRenderer().render
    chunks = [render(show(ids[start : start + CHUNK]))[1:-1] for start in range(0, len(ids), CHUNK)]
    parts = [b'"message":null', b'"%s":[%s]' % (name.encode(), b",".join(chunks))]
    head = b'{"offset":%d,"total":%d' % (page.offset, total)
    content = b",".join([head, *(parts[::-1] if message_last else parts)]) + b"}"
    return HttpResponse(content, content_type="application/json")


def empty_set(name: str, message: str) -> dict[str, Any]:
    """A set that could not be made, and why."""
    return {"offset": 0, "total": 0, "message": message, name: None}


def in_order(rows: QuerySet[Any], ids: list[int]) -> list[Any]:
    """The rows of these primary keys, in their order."""
    found = {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}
    return [found[pk] for pk in ids if pk in found]
