"""Filters of the review queue, and of the lists about money."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from credits.models import Review
from credits.services.rewards import MANUAL
from referrals.admin.wording import risk_name
from referrals.services.risk import all_rules

Choices = list[tuple[str, str]]
Reviews = QuerySet[Review]


class StatusFilter(DropdownFilter):
    """The queue is what is open, so that is what the list shows until it is asked for something else."""

    title = "status"
    parameter_name = "status"
    all_option = ["", "Open"]

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [("approved", "Approved"), ("rejected", "Rejected"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        status = self.value() or Review.Status.OPEN
        return queryset if status == "all" else queryset.filter(status=status)


class ReasonFilter(DropdownFilter):
    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(code, risk_name(code)) for code in [*(rule.code for rule in all_rules()), MANUAL]]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        return queryset.filter(reasons__contains=[self.value()]) if self.value() else queryset


class ClaimFilter(DropdownFilter):
    title = "reviewer"
    parameter_name = "claim"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [("mine", "Mine"), ("free", "Not claimed"), ("others", "Claimed by others")]

    def queryset(self, request: HttpRequest, queryset: Reviews) -> Reviews:
        now = timezone.now()
        held = queryset.filter(claimed_until__gt=now)
        if self.value() == "mine":
            return held.filter(claimed_by=request.user.pk)
        if self.value() == "others":
            return held.exclude(claimed_by=request.user.pk)
        return queryset.exclude(claimed_until__gt=now) if self.value() == "free" else queryset


class CurrencyFilter(TextFilter):
    """Typed, since listing the currencies in use would read the whole table."""

    title = "currency"
    parameter_name = "currency"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        currency = (self.value() or "").strip().upper()
        return queryset.filter(currency=currency) if currency else queryset


class InForceFilter(DropdownFilter):
    title = "state"
    parameter_name = "state"
    all_option = ["", "In force"]

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [("retired", "Retired"), ("all", "All versions")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() == "all" else queryset.filter(retired_at__isnull=self.value() != "retired")
