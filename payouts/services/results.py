"""A file of results: what became of payouts that somebody paid by hand, one a line."""

import csv
import io
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from payouts.errors import PayoutError
from payouts.models import Payout
from payouts.services.release import mark_failed, mark_paid
from tenants.models import Tenant

COLUMNS = ("payout", "result", "reference", "error")
SEPARATORS = ",;\t"
MOST_LINES = 10_000


class Line(NamedTuple):
    """A line of the file and what it came to: `completed`, `failed`, or why nothing was done about it."""

    number: int
    payout: str
    outcome: str
    is_done: bool


class BadFile(PayoutError):
    """The file as a whole cannot be read: no header names the columns `payout` and `result`, or it is too long."""

    code = "bad_file"


def apply_results(text: str, *, tenant: Tenant | None, actor: str, at: datetime) -> list[Line]:
    """Mark payouts as paid or failed by a CSV with the columns payout, result (paid or failed), reference and error.

    Each line is done on its own, and one that cannot be done stops no other. A tenant limits it to its own payouts.
    Raises BadFile before anything is done.
    """
    rows = list(_read(text))
    return [_apply(number, row, tenant=tenant, actor=actor, at=at) for number, row in enumerate(rows, start=2)]


def _read(text: str) -> "csv.DictReader[str]":
    text = text.lstrip("\ufeff")
    header = text.partition("\n")[0]
    separator = max(SEPARATORS, key=header.count)  # spreadsheets of some countries write semicolons
    reader = csv.DictReader(io.StringIO(text), restval="", delimiter=separator)
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
    if not {"payout", "result"} <= set(reader.fieldnames):
        raise BadFile("The first line must name the columns payout and result; reference and error are welcome.")
    if text.count("\n") > MOST_LINES + 1:
        raise BadFile(f"At most {MOST_LINES:,} lines at a time.")
    return reader


def _apply(number: int, row: dict[str, str], *, tenant: Tenant | None, actor: str, at: datetime) -> Line:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    try:
        payout = _find(cells["payout"], tenant)
        outcome = _settle(payout, cells, actor=actor, at=at)
    except PayoutError as error:
        return Line(number, cells["payout"], str(error), is_done=False)
    return Line(number, cells["payout"], outcome, is_done=True)


def _find(name: str, tenant: Tenant | None) -> Payout:
    payouts = Payout.objects.all() if tenant is None else Payout.objects.for_tenant(tenant)
    try:
        return payouts.get(uid=UUID(name))
    except (ValueError, Payout.DoesNotExist) as error:
        raise PayoutError("There is no such payout.") from error


def _settle(payout: Payout, cells: dict[str, str], *, actor: str, at: datetime) -> str:
    match cells["result"].lower():
        case "paid" | "completed":
            return mark_paid(payout, actor=actor, reference=cells["reference"], at=at).status
        case "failed":
            return mark_failed(payout, actor=actor, error=cells["error"], at=at).status
    raise PayoutError("The result must be paid or failed.")
