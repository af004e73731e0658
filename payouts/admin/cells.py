"""Writing CSV that a spreadsheet cannot take for a program."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# What makes a spreadsheet read a cell as a formula or a command, or start another cell; some read the wide forms too.
DANGEROUS = tuple("=+-@|%\t\r\n＝＋－＠")  # noqa: RUF001 (the wide forms are meant)


def safe_cell(value: object) -> object:
    """Text that a spreadsheet would compute is given a quote in front; numbers are left as they are."""
    if isinstance(value, str) and (value.startswith(DANGEROUS) or value.strip().startswith(DANGEROUS)):
        return f"'{value}"
    return value


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def write_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A file of any length, written while it is sent."""
    response = StreamingHttpResponse(write_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
