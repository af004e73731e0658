"""A person's statement: every line of their book in plain words, with what it left, as of any date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from credits.admin.ledger import HELD
from credits.models import Bucket, LedgerEntry
from credits.models.money import display as money
from credits.models.money import to_major
from credits.services.ledger import balances
from credits.services.statements import Line, read_statement
from payouts.admin.cells import csv_response
from payouts.admin.lines import describe_entry
from payouts.admin.makeup import by_uid
from payouts.models import Payout
from payouts.services.statement_pages import count_lines, read_page
from referrals.models import Person

PER_PAGE = 100
HEADER = ("date", "what", "amount", "currency", "from", "to", *HELD, "key")


@dataclass(frozen=True)
class Asked:
    """What a request wants to see. `day` is None for now."""

    day: date | None
    currency: str
    page: int
    is_bad_date: bool

    @property
    def at(self) -> datetime | None:
        """The last instant of that day in UTC."""
        if self.day is None:
            return None
        return datetime.combine(self.day, time(), tzinfo=UTC) + timedelta(days=1, microseconds=-1)


def read_request(request: HttpRequest) -> Asked:
    given, page = request.GET.get("as_of", "").strip(), request.GET.get("page", "1")
    try:
        day = parse_date(given) if given else None
    except ValueError:
        day = None
    number = max(int(page), 1) if page.isdecimal() and page.isascii() and len(page) < 7 else 1  # noqa: PLR2004
    is_bad = bool(given) and day is None
    if day == date.max:
        day, is_bad = None, True
    return Asked(day, request.GET.get("currency", "").strip().upper(), number, is_bad)


@require_safe
def show_statement(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponse:
    person, asked = _find(request, pk, model_admin), read_request(request)
    context = {
        **model_admin.admin_site.each_context(request),
        **describe_statement(person, asked),
        "title": f"Statement of {person.display_name}",
        "opts": model_admin.opts,
        "original": person,
        "query": request.GET.urlencode(),
    }
    return TemplateResponse(request, "payouts/statement.html", context)


@require_safe
def export_statement(request: HttpRequest, pk: int, model_admin: Any) -> HttpResponseBase:
    """Every line, oldest first, of one currency or of all."""
    person, asked = _find(request, pk, model_admin), read_request(request)
    lines = read_statement(person, at=asked.at, currency=asked.currency)
    return csv_response(f"statement-{person.pk}", HEADER, _rows(lines, _payouts_of(person)))


def describe_statement(person: Person, asked: Asked) -> dict[str, Any]:
    """What each currency holds, and a page of the lines of one of them, newest first."""
    held = balances(person, at=asked.at)
    currencies = sorted(held)
    currency = asked.currency if asked.currency in held else (currencies or [""])[0]
    total = count_lines(person, currency, at=asked.at)
    skip = min((asked.page - 1) * PER_PAGE, total)
    lines = read_page(person, currency, at=asked.at, skip=skip, size=PER_PAGE)
    payouts = by_uid([line.entry for line in lines])
    return {
        "person": person,
        "asked": asked,
        "books": [(each, [(bucket.label, money(held[each][bucket], each)) for bucket in HELD]) for each in currencies],
        "currency": currency,
        "buckets": [bucket.label for bucket in HELD],
        "lines": [_describe(line, payouts) for line in lines],
        "total": total,
        "has_older": total > skip + PER_PAGE,
    }


def _describe(line: Line, payouts: dict[UUID, Payout]) -> dict[str, Any]:
    entry, amount = line.entry, signed(line.entry)
    sign = "+" if amount > 0 else ""
    return {
        "at": entry.effective_at,
        "what": describe_entry(entry, payouts),
        "payout": payouts.get(entry.payout) if entry.payout else None,
        "reward": entry.reward_id,
        "amount": f"{sign}{to_major(amount or entry.amount, entry.currency):,}",
        "is_less": amount < 0,
        "after": [f"{to_major(line.after[bucket], entry.currency):,}" for bucket in HELD],
        "owes": line.after[Bucket.AVAILABLE] < 0,
    }


def signed(entry: LedgerEntry) -> int:
    """What an entry did to what is available, or else to what is held; zero where it only moved it on."""
    for bucket in (Bucket.AVAILABLE, Bucket.PENDING):
        if entry.credit == bucket:
            return entry.amount
        if entry.debit == bucket:
            return -entry.amount
    return 0


def _rows(lines: Iterator[Line], payouts: dict[UUID, Payout]) -> Iterator[list[Any]]:
    for line in lines:
        entry = line.entry
        yield [
            *(entry.effective_at.isoformat(), describe_entry(entry, payouts)),
            *(to_major(signed(entry) or entry.amount, entry.currency), entry.currency, entry.debit, entry.credit),
            *(to_major(line.after[bucket], entry.currency) for bucket in HELD),
            entry.key,
        ]


def _payouts_of(person: Person) -> dict[UUID, Payout]:
    return {payout.uid: payout for payout in Payout.objects.filter(person=person).select_related("method")}


def _find(request: HttpRequest, pk: int, model_admin: Any) -> Person:
    person = get_object_or_404(Person.objects.select_related("tenant"), pk=pk)
    may_see = model_admin.has_view_or_change_permission(request, person)
    if not (may_see and request.user.has_perm("credits.view_ledgerentry")):
        raise PermissionDenied
    return person
