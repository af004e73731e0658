from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tenants.admin.base import ConsoleAdmin, display, section
from tenants.admin.secrets import show_once
from tenants.models import ApiKey, Scope
from tenants.services.keys import IssuedKey, create_key, revoke_key


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Read and write are for integrations; admin decides about referrals and implies neither.",
    )

    class Meta:
        model = ApiKey
        fields = ["tenant", "name", "scopes", "expires_at"]


class IssuingRequest(HttpRequest):
    """The POST that issues a key holds its secret until the answer is written."""

    issued: IssuedKey


@admin.register(ApiKey)
class KeyAdmin(ConsoleAdmin):
    """What a key may do is settled when it is issued: to change that, issue another and revoke this one."""

    form = KeyForm
    list_display = ["label", "tenant", "public_key", "may", "last_used_at", "state"]
    list_filter = [("tenant", RelatedDropdownFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ("tenant",)
    search_fields = ["=public_key", "name"]
    ordering = ("-created_at", "-id")
    actions = ["revoke"]
    readonly_fields = ["public_key", "created_at", "last_used_at", "revoked_at"]
    add_fieldsets = (section(None, ("tenant", "name"), "scopes", "expires_at"),)
    fieldsets = [
        section(None, ("tenant", "name"), "may", "expires_at"),
        section("Use", "public_key", ("created_at", "last_used_at"), "revoked_at"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "tenant", "scopes", "may"] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            super().save_model(request, obj, form, change)
            return
        issued = create_key(obj.tenant, scopes=obj.scopes, name=obj.name, expires_at=obj.expires_at, at=timezone.now())
        obj.pk = issued.key.pk
        obj.refresh_from_db()
        cast("IssuingRequest", request).issued = issued

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        issued = cast("IssuingRequest", request).issued
        secrets = {"Public key": issued.key.public_key, "Secret key": issued.secret}
        return show_once(self, request, f"New key of {obj.tenant}", secrets)

    @admin.action(description="Revoke the selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        now = timezone.now()
        for key in keys:
            revoke_key(key, at=now)
            self.log_change(request, key, "Revoked.")
        self.message_user(request, f"Revoked: {', '.join(map(str, keys))}. They are refused from now on.")

    @display(description="Name")
    def label(self, key: ApiKey) -> str:
        return str(key)

    @display(description="Scopes")
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description="State", label={"Live": "success", "Expired": "warning", "Revoked": "danger"})
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "Revoked"
        return "Expired" if key.expires_at and key.expires_at <= timezone.now() else "Live"
