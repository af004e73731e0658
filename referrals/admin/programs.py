from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.contrib.forms.widgets import ArrayWidget
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from events.services.events import record_event
from referrals.admin.wording import risk_name
from referrals.models import Program
from referrals.services.risk import all_rules
from tenants.admin.base import ConsoleAdmin, display, link_to_list, section, tag, two_lines


class ProgramForm(forms.ModelForm):  # type: ignore[type-arg]
    disabled_rules = forms.MultipleChoiceField(
        choices=[(rule.code, risk_name(rule.code)) for rule in all_rules() if not rule.always],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        help_text="Risk rules not to run. Those that always hold a referral cannot be switched off.",
    )

    class Meta:
        model = Program
        fields = "__all__"  # noqa: DJ007  # the admin's fieldsets choose
        widgets = {"allowed_origins": ArrayWidget}

    def _get_validation_exclusions(self) -> Any:
        """The tenant cannot be changed here, but a name must be unique within it."""
        return super()._get_validation_exclusions() - {"tenant"}  # type: ignore[misc]


@admin.register(Program)
class ProgramAdmin(ConsoleAdmin):
    form = ProgramForm
    list_display = ["name_and_title", "tenant", "state", "window", "hold", "risk", "rules"]
    list_filter = [("tenant", RelatedDropdownFilter), "is_active"]
    list_select_related = ("tenant",)
    sortable_by = None
    ordering = ("tenant", "id")
    readonly_fields = ["uid", "created_at", "rules", "members", "referrals"]
    fieldsets = [
        section(None, ("tenant", "name"), ("title", "kind"), ("is_active", "currency"), ("uid", "created_at")),
        section("What people are told", "member_offer", "referral_offer", "landing_url", "allowed_origins"),
        section("Attribution", ("attribution_window_days", "touch_policy")),
        section("Rewards", ("hold_days", "refund_window_days"), ("monthly_cap", "lifetime_cap")),
        section(
            "Review and risk",
            ("referrer_moderation", "referred_moderation"),
            ("risk_level", "review_score"),
            "disabled_rules",
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        first, *others = self.fieldsets
        return [first, section("See also", ("rules", "members", "referrals")), *others] if obj else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "tenant"] if obj else self.readonly_fields

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Program, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if not change:
            record_event(obj.tenant, "program.created", subject=obj.uid, at=timezone.now(), name=obj.name)
        else:
            _tell_of_changes(obj, form, at=timezone.now())
        if obj.hold_is_shorter_than_refunds:
            messages.warning(
                request,
                f"Rewards are held {obj.hold_days} days, but customers may ask for a refund for "
                f"{obj.refund_window_days}: a reward can become available before its payment is safe.",
            )

    @display(description="Program")
    def name_and_title(self, program: Program) -> SafeString:
        return two_lines(program.title or program.name, program.name)

    @display(description="State")
    def state(self, program: Program) -> SafeString:
        return tag("Active", "good") if program.is_active else tag("Off", "bad")

    @display(description="Window")
    def window(self, program: Program) -> str:
        return f"{program.attribution_window_days} days, {program.get_touch_policy_display().lower()} touch"

    @display(description="Hold")
    def hold(self, program: Program) -> str:
        days = f"{program.hold_days} days"
        return tag(f"{days}, shorter than refunds", "warn") if program.hold_is_shorter_than_refunds else days

    @display(description="Review from")
    def risk(self, program: Program) -> str:
        return f"{program.get_risk_level_display()}, score {program.score_for_review}"

    @display(description="Reward rules")
    def rules(self, program: Program) -> SafeString:
        return link_to_list("credits_rewardrule", "Reward rules", program__id__exact=program.pk)

    @display(description="Members")
    def members(self, program: Program) -> SafeString:
        return link_to_list("referrals_member", "Members", program__id__exact=program.pk)

    @display(description="Referrals")
    def referrals(self, program: Program) -> SafeString:
        return link_to_list("referrals_referral", "Referrals", program__id__exact=program.pk)


def _tell_of_changes(program: Program, form: Any, *, at: datetime) -> None:
    """The columns of a program are text, numbers and lists of text, so an event holds them as they are."""
    changed = [name for name in form.changed_data if form.initial[name] != form.cleaned_data[name]]
    if changed:
        before, after = ({name: values[name] for name in changed} for values in (form.initial, form.cleaned_data))
        record_event(program.tenant, "program.updated", subject=program.uid, at=at, before=before, after=after)
