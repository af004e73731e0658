"""What was seen, done and decided. All of it is to read."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from referrals.admin.lookups import every_tenant, find_codes, find_referrals
from referrals.admin.wording import actor_name, risk_name
from referrals.models import Action, Attribution, Decision, Signal
from tenants.admin.base import ReadOnlyAdmin, SearchByIndex, display


def pretty_json(value: Any) -> SafeString:
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)
    return format_html('<pre class="console-json" tabindex="0">{}</pre>', text)


def of_referrals(rows: "QuerySet[Any]", term: str) -> "list[QuerySet[Any]]":
    return [rows.filter(referral__in=found.order_by().values("pk")) for found in find_referrals(term)]


@admin.register(Attribution)
class AttributionAdmin(SearchByIndex, ReadOnlyAdmin):
    """The table that grows: newest first by its key, which carries the time."""

    list_display = ["public_id", "code", "kind", "state", "found", "ip_address", "occurred_at", "tenant"]
    list_filter = [("tenant", RelatedDropdownFilter)]
    list_select_related = ("code", "tenant")
    ordering = ("-id",)
    search_help_text = "Code, click id or visitor"
    linked_by = ("member__id__exact",)

    def find(self, term: str) -> list[QuerySet[Attribution]]:
        rows = Attribution.objects.all()
        digits = term.removeprefix("attr_")
        by_number = term.startswith("attr_") and len(digits) < 16 and not set(digits) - set("0123456789abcdef")  # noqa: PLR2004
        return [
            *([rows.filter(pk=int(digits, 16))] if by_number and digits else []),
            rows.filter(code__in=find_codes(term).values("pk")),
            rows.filter(visitor=term, tenant__in=every_tenant()).exclude(visitor=""),
        ]

    @display(description="Status", label={"confirmed": "success", "pending": "info"})
    def state(self, touch: Attribution) -> tuple[str, str]:
        return touch.status, touch.get_status_display()

    @display(description="Verdict", label={"valid": "default", "bot": "danger", "prefetch": "warning"})
    def found(self, touch: Attribution) -> tuple[str, str]:
        return touch.verdict, touch.get_verdict_display()


@admin.register(Action)
class ActionAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["key", "kind", "referral", "amount", "currency", "reversed_amount", "occurred_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ("tenant", RelatedDropdownFilter)]
    list_select_related = ("referral__referrer__person", "referral__referred")
    search_help_text = "Invoice, code, e-mail or id"

    def find(self, term: str) -> list[QuerySet[Action]]:
        return of_referrals(Action.objects.all(), term)


@admin.register(Signal)
class SignalAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["rule", "result", "score", "referral", "created_at"]
    list_filter = [("tenant", RelatedDropdownFilter)]
    list_select_related = ("referral__referrer__person", "referral__referred")
    search_help_text = "Code, e-mail, id or invoice of the referral"
    fields = ["rule", "result", "score", "version", "referral", "created_at", "what_it_saw"]
    readonly_fields = ["rule", "result", "what_it_saw"]

    def find(self, term: str) -> list[QuerySet[Signal]]:
        return of_referrals(Signal.objects.all(), term)

    @display(description="Rule")
    def rule(self, signal: Signal) -> str:
        return risk_name(signal.code)

    @display(description="Result", label={"fired": "warning", "errored": "danger"})
    def result(self, signal: Signal) -> tuple[str, str]:
        return signal.outcome, signal.get_outcome_display()

    @display(description="Evidence")
    def what_it_saw(self, signal: Signal) -> SafeString:
        return pretty_json(signal.evidence)


@admin.register(Decision)
class DecisionAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["decided_at", "kind", "outcome", "referral", "by", "reason"]
    list_filter = [("tenant", RelatedDropdownFilter)]
    list_select_related = ("referral__referrer__person", "referral__referred")
    search_help_text = "Code, e-mail, id or invoice of the referral"
    fields = ["kind", "outcome", "reason", "by", "referral", "decided_at", "inputs"]
    readonly_fields = ["by", "inputs"]

    def find(self, term: str) -> list[QuerySet[Decision]]:
        return of_referrals(Decision.objects.all(), term)

    @display(description="By")
    def by(self, decision: Decision) -> str:
        return actor_name(decision.actor)

    @display(description="Inputs")
    def inputs(self, decision: Decision) -> SafeString:
        return pretty_json(decision.data)
