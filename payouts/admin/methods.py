from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from credits.models.money import display as money
from credits.services.review import staff
from payouts.admin import batches
from payouts.admin.changes import show_changes
from payouts.admin.method_form import AMOUNTS, MethodForm
from payouts.models import PayoutMethod
from payouts.services.method_changes import change_method
from payouts.services.methods import create_method
from tenants.admin.base import ConsoleAdmin, display, link_to_list, section, tag, two_lines

FIXED = ("program", "kind", "currency")  # what payouts were made by is not changed afterwards: add another method
TRACKED = ["name", "is_active", "position", *AMOUNTS, "account_hold_days", "schedule"]


@admin.register(PayoutMethod)
class PayoutMethodAdmin(ConsoleAdmin):
    """How programs pay out. A person is paid by the first method of a program that has an account of theirs."""

    form = MethodForm
    change_form_template = "payouts/method.html"
    refusals = (ValidationError,)
    list_display = ["label", "kind_shown", "least", "schedule", "next_run_at", "state"]
    list_filter = [
        ("program", RelatedDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        "is_active",
        ("tenant", RelatedDropdownFilter),
    ]
    list_select_related = ("program",)
    linked_by = ("program__id__exact",)
    ordering = ("program", "position", "id")
    readonly_fields = ["next_run_at", "created_at", "uid", "payouts", "changes"]
    limits = (
        section("Limits", ("minimum_amount", "yearly_limit"), ("hold_above", "account_hold_days")),
        section("When", ("schedule", "next_run_at")),
    )
    add_fieldsets = (section(None, ("program", "name"), ("kind", "currency")), *limits)
    fieldsets = [
        section(None, ("program", "name"), ("kind", "currency"), ("is_active", "position"), ("uid", "created_at")),
        *limits,
        section("See also", "payouts"),
        section("Changes", "changes"),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *FIXED] if obj else self.readonly_fields

    def get_urls(self) -> list[URLPattern]:
        wrap, mine = self.admin_site.admin_view, {"model_admin": self}
        name = "payouts_payoutmethod"
        return [
            path("<int:pk>/run/", wrap(batches.show_preview), mine, name=f"{name}_preview"),
            path("<int:pk>/run/csv/", wrap(batches.export_preview), mine, name=f"{name}_preview_csv"),
            path("<int:pk>/run/start/", wrap(batches.start_run), mine, name=f"{name}_start"),
            path("<int:pk>/run/progress/", wrap(batches.show_progress), mine, name=f"{name}_progress"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: PayoutMethod, form: Any, change: bool) -> None:  # noqa: FBT001
        """Write through the services; the object then stands for what they made."""
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        columns = {field.name for field in PayoutMethod._meta.concrete_fields}  # noqa: SLF001
        fields = {name: value for name, value in form.cleaned_data.items() if name in columns}
        if change:
            made = change_method(obj, actor=staff(request.user), at=timezone.now(), **fields)
        else:
            program = fields.pop("program")
            made = create_method(program, at=timezone.now(), **fields)
        obj.pk = made.pk
        obj.refresh_from_db()

    @display(description="Method")
    def label(self, method: PayoutMethod) -> SafeString:
        return two_lines(method.name, str(method.program))

    @display(description="Pays by")
    def kind_shown(self, method: PayoutMethod) -> str:
        return f"{method.get_kind_display()}, {method.currency}"

    @display(description="Minimum")
    def least(self, method: PayoutMethod) -> str:
        return money(method.minimum_amount, method.currency) if method.minimum_amount else "none"

    @display(description="State")
    def state(self, method: PayoutMethod) -> SafeString:
        return tag("Active", "good") if method.is_active else tag("Off", "bad")

    @display(description="Payouts")
    def payouts(self, method: PayoutMethod) -> SafeString:
        return link_to_list("payouts_payout", "Payouts by this method", method__id__exact=method.pk)

    @display(description="History")
    def changes(self, method: PayoutMethod) -> SafeString:
        def show(name: str, value: Any) -> str:
            if name in AMOUNTS:
                return "none" if value is None else money(value, method.currency)
            return {True: "yes", False: "no"}.get(value, str(value)) if name == "is_active" else str(value)

        return show_changes(method, TRACKED, show)
