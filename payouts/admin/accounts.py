from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from credits.admin.wording import span
from credits.services.review import staff
from payouts.admin.changes import show_changes
from payouts.errors import BadDestination
from payouts.models import PayoutAccount
from payouts.services.methods import set_account
from referrals.admin.lookups import every_tenant, look_up
from tenants.admin.base import ConsoleAdmin, SearchByIndex, display, section, tag, two_lines

LATELY = timedelta(days=30)


@admin.register(PayoutAccount)
class PayoutAccountAdmin(SearchByIndex, ConsoleAdmin):
    """Where people are paid. A change is told of, and holds payouts to the new account for a while."""

    refusals = (BadDestination,)
    list_display = ["who", "kind", "destination", "changed", "tenant"]
    list_filter = [("kind", ChoicesDropdownFilter), ("tenant", RelatedDropdownFilter)]
    list_select_related = ("person", "tenant")
    linked_by = ("person__id__exact",)
    ordering = ("-id",)
    search_help_text = "E-mail or id of a person, or the account"
    autocomplete_fields = ["person"]
    readonly_fields = ["tenant", "created_at", "changed_at", "changes"]
    add_fieldsets = (section(None, "person", ("kind", "destination")),)
    fieldsets = [
        section(None, ("person", "tenant"), ("kind", "destination"), ("created_at", "changed_at")),
        section("Changes", "changes"),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "person", "kind"] if obj else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        hint = "acct_… of a connected account, cus_… of a Stripe customer, or an e-mail address for payments by hand."
        return super().get_form(request, obj, change, help_texts={"destination": hint}, **kwargs)

    def find(self, term: str) -> list[Q]:
        return [Q(tenant__in=every_tenant(), destination=term), Q(person__in=look_up(term).people)]

    def save_model(self, request: HttpRequest, obj: PayoutAccount, form: Any, change: bool) -> None:  # noqa: FBT001
        assert isinstance(request.user, User)  # admin_view lets nobody else in
        made = set_account(
            obj.person,
            kind=obj.kind,
            destination=form.cleaned_data["destination"],
            actor=staff(request.user),
            at=timezone.now(),
        )
        obj.pk = made.pk
        obj.refresh_from_db()

    @display(description="Person")
    def who(self, account: PayoutAccount) -> SafeString:
        return two_lines(account.person.display_name, account.person.email)

    @display(description="Changed")
    def changed(self, account: PayoutAccount) -> str:
        ago = timezone.now() - account.changed_at if account.changed_at else None
        return tag(f"{span(ago)} ago", "warn") if ago is not None and ago < LATELY else ""

    @display(description="History")
    def changes(self, account: PayoutAccount) -> SafeString:
        return show_changes(account, ["destination"], lambda _name, value: str(value))
