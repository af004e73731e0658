"""Which credits, in which order (contracts/webshare.md, section 2.3; the operators of section 0 are an extra)."""

# mypy: disable-error-code="no-untyped-call"
# django-filter carries no types.

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from django import forms
from django.db.models import Case, QuerySet, Value, When
from django_filters import filters
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from api.callers import caller_of
from api.webshare.gather import channels_of
from api.webshare.words import STATUSES_OF
from credits.models import Mode, Reward
from referrals.models import Code

Credits = QuerySet[Reward]
STATUS_CHOICES = [(word, word) for word in STATUSES_OF]


class WholeNumberFilter(filters.Filter):
    field_class: type[forms.Field] = forms.IntegerField


class WholeNumberInFilter(filters.BaseInFilter, WholeNumberFilter):
    pass


class ChoiceInFilter(filters.BaseInFilter, filters.ChoiceFilter):
    pass


@extend_schema_field({"oneOf": [{"type": "string", "format": "date-time"}, {"type": "string", "maxLength": 0}]})
class InstantFilter(filters.IsoDateTimeFilter):
    """An empty one is as good as absent, like any filter but `referral_channel`."""


@extend_schema_field({"type": "number", "maximum": 1e50})  # what django-filter itself allows
class DollarsFilter(filters.NumberFilter):
    """Compares US dollars with whole cents: above 2.505 is above 250 cents, below it is below 251."""

    rounding = {"gt": ROUND_FLOOR, "lt": ROUND_CEILING}

    def filter(self, qs: Credits, value: Decimal | None) -> Credits:
        cents = None if value is None else int((value * 100).to_integral_value(self.rounding[self.lookup_expr]))
        found: Credits = super().filter(qs, cents)
        return found


def owned_channels(request: Request) -> QuerySet[Code]:
    """The coupon codes of whom the call is about, or of the whole tenant."""
    view = request.parser_context["view"]
    return channels_of(caller_of(request).tenant, view.subject)


class CreditFilter(FilterSet):
    mode = filters.ChoiceFilter(choices=Mode.choices)
    mode__in = ChoiceInFilter(field_name="mode", choices=Mode.choices)
    status = filters.ChoiceFilter(choices=STATUS_CHOICES, method="filter_status")
    status__in = ChoiceInFilter(choices=STATUS_CHOICES, method="filter_statuses")
    referral_channel = filters.ModelChoiceFilter(
        queryset=owned_channels, field_name="referral__code", help_text="Empty: credits that came through a link."
    )
    id__in = WholeNumberInFilter(field_name="id")
    id__gt = WholeNumberFilter(field_name="id", lookup_expr="gt")
    id__lt = WholeNumberFilter(field_name="id", lookup_expr="lt")
    user_id = WholeNumberFilter(field_name="referral__referred_id")
    user_id__in = WholeNumberInFilter(field_name="referral__referred_id")
    amount__gt = DollarsFilter(field_name="amount", lookup_expr="gt")
    amount__lt = DollarsFilter(field_name="amount", lookup_expr="lt")
    created_at__gt = InstantFilter(field_name="created_at", lookup_expr="gt")
    created_at__lt = InstantFilter(field_name="created_at", lookup_expr="lt")
    updated_at__gt = InstantFilter(field_name="updated_at", lookup_expr="gt")
    updated_at__lt = InstantFilter(field_name="updated_at", lookup_expr="lt")
    reverted_at__gt = InstantFilter(field_name="reverted_at", lookup_expr="gt")
    reverted_at__lt = InstantFilter(field_name="reverted_at", lookup_expr="lt")

    def filter_queryset(self, queryset: Credits) -> Credits:
        """An empty `referral_channel` is not an absent one: it asks for credits that no channel earned."""
        found: Credits = super().filter_queryset(queryset)
        asks_for_none = "referral_channel" in self.data and not self.data["referral_channel"].strip()
        return found.exclude(referral__code__kind=Code.Kind.COUPON) if asks_for_none else found

    def filter_status(self, queryset: Credits, _name: str, word: str) -> Credits:
        return self.filter_statuses(queryset, _name, [word])

    def filter_statuses(self, queryset: Credits, _name: str, words: list[str]) -> Credits:
        return queryset.filter(status__in=[status for word in words for status in STATUSES_OF[word]])


class CreditOrdering(OrderingFilter):
    """`ordering=status,-amount` by the documented fields. Status sorts by the word shown.

    The id breaks ties, in the direction of the last field: so that one index holds an order and its reverse.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        fields = self.get_ordering(request, queryset, view) or ()
        columns = [field.replace("status", "status_word") for field in fields]
        tie = "id" if columns and not columns[-1].startswith("-") else "-id"
        ordered: QuerySet[Any] = queryset.annotate(status_word=STATUS_WORD).order_by(*columns, tie)
        return ordered


STATUS_WORD = Case(*(When(status__in=statuses, then=Value(word)) for word, statuses in STATUSES_OF.items()))
