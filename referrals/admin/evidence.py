"""What was seen, done and decided. All of it is to read."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from referrals.admin.lookups import every_tenant, look_up, referrals_named
from referrals.admin.wording import actor_name, money, risk_name
from referrals.models import Action, Attribution, Decision, Signal
from referrals.services.referrals import TOUCH_ID
from tenants.admin.base import ReadOnlyAdmin, SearchByIndex, display, tag


def pretty_json(value: Any) -> SafeString:
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)
    return format_html('<pre class="console-json" tabindex="0">{}</pre>', text)


@admin.register(Attribution)
class AttributionAdmin(SearchByIndex, ReadOnlyAdmin):
    """The table that grows: newest first by its key, which carries the time."""

    list_display = ["public_id", "code", "kind", "state", "found", "ip_address", "occurred_at", "tenant"]
    list_filter = [("tenant", RelatedDropdownFilter)]
    list_select_related = ("code", "tenant")
    ordering = ("-id",)
    search_help_text = "Code, click id or visitor"
    linked_by = ("member__id__exact",)

    def find(self, term: str) -> list[Q]:
        """By each of its indexes for itself; a touch is too many to be looked for in two ways at once."""
        match = TOUCH_ID.match(term)
        if match:
            return [Q(pk=int(match[1], 16))]
        codes = look_up(term).codes
        return [Q(code__in=codes)] if codes else [Q(visitor=term, tenant__in=every_tenant()) & ~Q(visitor="")]

    @display(description="Status")
    def state(self, touch: Attribution) -> SafeString:
        return tag(touch.get_status_display(), "good" if touch.status == Attribution.Status.CONFIRMED else "info")

    @display(description="Verdict")
    def found(self, touch: Attribution) -> SafeString:
        return tag(touch.get_verdict_display(), "" if touch.verdict == Attribution.Verdict.VALID else "bad")


@admin.register(Action)
class ActionAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["key", "kind", "referral", "paid", "went_back", "occurred_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ("tenant", RelatedDropdownFilter)]
    list_select_related = ("referral__referrer__person", "referral__referred")
    search_help_text = "Invoice, code, e-mail or id"

    def find(self, term: str) -> list[Q]:
        return referrals_named(term, "referral")

    @display(description="Paid")
    def paid(self, action: Action) -> str:
        return money(action.amount, action.currency)

    @display(description="Went back")
    def went_back(self, action: Action) -> str:
        return money(action.reversed_amount, action.currency) if action.reversed_amount else ""


@admin.register(Signal)
class SignalAdmin(SearchByIndex, ReadOnlyAdmin):
    list_display = ["rule", "result", "score", "referral", "created_at"]
    list_filter = [("tenant", RelatedDropdownFilter)]
    list_select_related = ("referral__referrer__person", "referral__referred")
    search_help_text = "Code, e-mail, id or invoice of the referral"
    fields = ["rule", "result", "score", "version", "referral", "created_at", "what_it_saw"]
    readonly_fields = ["rule", "result", "what_it_saw"]

    def find(self, term: str) -> list[Q]:
        return referrals_named(term, "referral")

    @display(description="Rule")
    def rule(self, signal: Signal) -> str:
        return risk_name(signal.code)

    @display(description="Result")
    def result(self, signal: Signal) -> SafeString:
        return tag(signal.get_outcome_display(), "warn" if signal.outcome == Signal.Outcome.FIRED else "bad")

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

    def find(self, term: str) -> list[Q]:
        return referrals_named(term, "referral")

    @display(description="By")
    def by(self, decision: Decision) -> str:
        return actor_name(decision.actor)

    @display(description="Inputs")
    def inputs(self, decision: Decision) -> SafeString:
        return pretty_json(decision.data)
