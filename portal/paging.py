"""Pages of a list, newest first, each found by where the last one ended: no page costs more than the first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MOST_DIGITS = 18


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`after` is the cursor of the page that follows, "" where there is none."""

    rows: list[Row]
    after: str


def read_page(rows: QuerySet[Row], *, cursor: str, size: int, instant: str = "") -> Page[Row]:
    """The newest rows, or those after a cursor: by an instant of each where one is named, else by id alone.

    A cursor that is none of ours is as good as none.
    """
    order = [f"-{instant}", "-pk"] if instant else ["-pk"]
    found = list(rows.filter(_beyond(cursor, instant)).order_by(*order)[: size + 1])
    kept = found[:size]
    return Page(kept, _cursor_of(kept[-1], instant) if len(found) > size else "")


def _cursor_of(row: Any, instant: str) -> str:
    return f"{(getattr(row, instant) - EPOCH) // MICROSECOND}.{row.pk}" if instant else str(row.pk)


def _beyond(cursor: str, instant: str) -> Q:
    numbers = cursor.split(".")
    if len(numbers) != (2 if instant else 1) or not all(_is_number(number) for number in numbers):
        return Q()
    pk = int(numbers[-1])
    if not instant:
        return Q(pk__lt=pk)
    try:
        at = EPOCH + int(numbers[0]) * MICROSECOND
    except OverflowError:
        return Q()
    return Q(**{f"{instant}__lt": at}) | Q(**{instant: at}, pk__lt=pk)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
