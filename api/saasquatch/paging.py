"""`limit` and `offset`, and the envelope of lists (contracts/saasquatch.md, section 0)."""

from typing import Any, NamedTuple

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from api.saasquatch.filters import Listed
from referrals.services.block_counts import find_place

DEFAULT, MOST = 10, 1000
FARTHEST = 2**31 - 1


class Page(NamedTuple):
    limit: int
    offset: int


class PageQuery(serializers.Serializer[Any]):
    limit = serializers.IntegerField(
        default=DEFAULT, min_value=1, help_text=f"A page has {MOST} rows at most, whatever is asked for."
    )
    offset = serializers.IntegerField(default=0, min_value=0)


def read_page(request: Request) -> Page:
    """Raises ValidationError for what is no number, and for negative ones."""
    query = PageQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    return Page(min(query.validated_data["limit"], MOST), min(query.validated_data["offset"], FARTHEST))


def find_page(listed: Listed, page: Page) -> tuple[int, list[int]]:
    """How many rows there are, and the primary keys of a page: by the counts, or by counting and walking there."""
    rows, counted = listed
    if counted is None:
        return rows.count(), ids_of(rows, page)
    place = find_place(counted, offset=page.offset, limit=page.limit)
    within = rows.filter(pk__gte=place.lower, pk__lt=place.upper)
    return place.total, ids_of(within, Page(page.limit, place.skip))


def ids_of(rows: QuerySet[Any], page: Page) -> list[int]:
    """The primary keys of a page: an index holds them, so that rows that are skipped need not be fetched."""
    return list(rows.values_list("pk", flat=True)[page.offset : page.offset + page.limit])


def in_order(rows: QuerySet[Any], ids: list[int]) -> list[Any]:
    """The rows of these ids, in their order."""
    found: dict[int, Model] = {row.pk: row for row in rows.filter(pk__in=ids)} if ids else {}
    return [found[pk] for pk in ids if pk in found]


def envelope(name: str, rows: list[Any], *, total: int) -> dict[str, Any]:
    return {"count": len(rows), "totalCount": total, name: rows}
