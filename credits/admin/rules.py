from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from credits.admin.filters import InForceFilter
from credits.admin.rule_form import RewardRuleForm
from credits.models import TERMS, RewardRule
from credits.models.money import display as money
from credits.services.rules import add_rule, retire_rule, revise_rule
from tenants.admin.base import ConsoleAdmin, display, section, tag


@admin.register(RewardRule)
class RewardRuleAdmin(ConsoleAdmin):
    """A rule's terms never change: saving makes a new version, and what the old one granted stays as it was."""

    form = RewardRuleForm
    change_form_template = "credits/rule_form.html"
    refusals = (ValidationError,)
    list_display = ["name", "program", "side", "terms", "limits", "state", "version", "created_at"]
    list_filter = [InForceFilter, ("program", RelatedDropdownFilter), ("side", ChoicesDropdownFilter)]
    list_select_related = ("program",)
    ordering = ("program", "id")
    readonly_fields = ["terms", "limits", "version", "created_at", "retired_at"]
    fieldsets = [
        section(None, ("program", "name"), ("side", "kind"), ("mode", "currency")),
        section("What it earns", ("amount", "once"), ("initial_rate", "initial_rate_days"), "ongoing_rate"),
        section("Limits", ("max_per_referred", "duration_days"), "hold_days"),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        seen = section("In words", "terms", "limits", ("version", "created_at", "retired_at"))
        return [seen, *self.fieldsets] if obj else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "program"] if obj else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: RewardRule | None = None) -> bool:
        """A retired version is there to be read."""
        return (obj is None or obj.retired_at is None) and super().has_change_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        retire = self.admin_site.admin_view(require_POST(self.retire))
        return [path("<int:pk>/retire/", retire, name="credits_rewardrule_retire"), *super().get_urls()]

    def retire(self, request: HttpRequest, pk: int) -> HttpResponse:
        rule = get_object_or_404(RewardRule, pk=pk)
        if not super().has_change_permission(request, rule):
            raise PermissionDenied
        retire_rule(rule, at=timezone.now())
        messages.success(request, f"{rule} is retired: payments from now on earn nothing under it.")
        return HttpResponseRedirect(reverse("admin:credits_rewardrule_changelist"))

    def save_model(self, request: HttpRequest, obj: RewardRule, form: Any, change: bool) -> None:  # noqa: FBT001
        """Write through the services; the object then stands for what they made, so that the page goes on to it."""
        terms = {name: form.cleaned_data[name] for name in ("name", *TERMS) if name in form.cleaned_data}
        if change:
            made = revise_rule(RewardRule.objects.get(pk=obj.pk), at=timezone.now(), **terms)
        else:
            made = add_rule(obj.program, at=timezone.now(), **terms)
        obj.pk = made.pk
        obj.refresh_from_db()

    def response_change(self, request: HttpRequest, obj: RewardRule) -> HttpResponse:
        """Going on means going on with the new version, which has a page of its own."""
        if "_continue" not in request.POST:
            return super().response_change(request, obj)
        messages.success(request, f"{obj} is in force.")
        return HttpResponseRedirect(reverse("admin:credits_rewardrule_change", args=[obj.pk]))

    @display(description="Earns")
    def terms(self, rule: RewardRule) -> str:
        return describe_terms(rule)

    @display(description="Limits")
    def limits(self, rule: RewardRule) -> str:
        return describe_limits(rule)

    @display(description="State")
    def state(self, rule: RewardRule) -> SafeString:
        return tag("Retired") if rule.retired_at else tag("In force", "good")


def describe_terms(rule: RewardRule) -> str:
    what = {"credits": "product credit", "payout": "money"}[rule.mode]
    if rule.kind == RewardRule.Kind.FIXED:
        return f"{money(rule.amount or 0, rule.currency)} {what}"
    rate = f"{_percent(rule.initial_rate)} of each payment"
    if rule.initial_rate_days is not None:
        rate += f" for {rule.initial_rate_days} days, then {_percent(rule.ongoing_rate)}"
    return f"{rate}, as {what}"


def describe_limits(rule: RewardRule) -> str:
    currency = rule.currency or rule.program.currency
    parts = [
        "first payment only" if rule.once else "",
        f"at most {money(rule.max_per_referred, currency)} per referred person" if rule.max_per_referred else "",
        f"for {rule.duration_days} days after the first payment" if rule.duration_days else "",
        f"held {rule.hold_days} days" if rule.hold_days is not None else "",
    ]
    return ", ".join(part for part in parts if part) or "none"


def _percent(rate: Any) -> str:
    return f"{(rate or 0) * 100:f}".rstrip("0").rstrip(".") + "%"
