"""Filters of the payouts queue."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter, TextFilter

from credits.models.money import MAX_AMOUNT, exponent
from payouts.admin.views import VIEWS, narrow
from payouts.models import Payout, PayoutMethod

Choices = list[tuple[str, str]]
Payouts = QuerySet[Payout]


class ViewFilter(DropdownFilter):
    title = "view"
    parameter_name = "view"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return list(VIEWS.items())

    def queryset(self, request: HttpRequest, queryset: Payouts) -> Payouts:
        return narrow(queryset, self.value() or "", now=timezone.now())


class AmountFilter(TextFilter):
    """An amount as people write it, in whatever currency each payout is: 100 finds 100.00 USD and 100 JPY alike."""

    lookup = ""

    def queryset(self, request: HttpRequest, queryset: Payouts) -> Payouts:
        try:
            amount = Decimal((self.value() or "").strip().replace(",", ""))
        except InvalidOperation:
            return queryset
        if not amount.is_finite():
            return queryset
        conditions = list(self._by_currency(amount))
        return queryset.filter(Q(*conditions, _connector=Q.OR)) if conditions else queryset

    def _by_currency(self, amount: Decimal) -> Iterator[Q]:
        for currency in PayoutMethod.objects.order_by().values_list("currency", flat=True).distinct():
            minor = min(max(amount.scaleb(exponent(currency)), Decimal(-1)), Decimal(MAX_AMOUNT))
            yield Q(currency=currency, **{self.lookup: int(minor)})


class LeastFilter(AmountFilter):
    title = "amount from"
    parameter_name = "least"
    lookup = "amount__gte"


class MostFilter(AmountFilter):
    title = "amount to"
    parameter_name = "most"
    lookup = "amount__lte"


class RequestedFilter(RangeDateFilter):
    """Whole days in UTC, the first and the last included."""

    def queryset(self, request: HttpRequest, queryset: Payouts) -> Payouts:
        first, last = (self._day(end) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(requested_at__gte=start_of(first))
        return queryset.filter(requested_at__lt=start_of(last) + timedelta(days=1)) if last else queryset

    def _day(self, end: str) -> date | None:
        value: Any = self.used_parameters.get(f"{self.parameter_name}_{end}")
        try:
            return parse_date(str(value)) if value else None
        except ValueError:
            return None


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
