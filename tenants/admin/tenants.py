from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanSwitchWidget

from tenants.admin.base import ConsoleAdmin, display, link_to_list, section
from tenants.admin.secrets import show_once
from tenants.models import Domain, Tenant
from tenants.services.tenants import renew_token_secret
from tenants.services.usage import usage_of

# Each secret of the form, and the switch that forgets it.
SECRETS = {"stripe_webhook_secret": "stripe_off", "stripe_api_key": "stripe_pays_nothing"}


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    stripe_webhook_secret = forms.CharField(
        required=False,
        label="New Stripe webhook secret",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "placeholder": "whsec_…"}),
        help_text="Kept encrypted and never shown. Left empty, what is set stays.",
    )
    stripe_off = forms.BooleanField(
        required=False,
        label="Turn the Stripe endpoint off",
        widget=UnfoldBooleanSwitchWidget,
        help_text="Forgets the secret.",
    )

    stripe_api_key = forms.CharField(
        required=False,
        label="New Stripe API key",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password", "placeholder": "sk_…"}),
        help_text="Carries payouts. Kept encrypted and never shown. Left empty, what is set stays.",
    )
    stripe_pays_nothing = forms.BooleanField(
        required=False,
        label="Stop Stripe from paying out",
        widget=UnfoldBooleanSwitchWidget,
        help_text="Forgets the key.",
    )

    class Meta:
        model = Tenant
        fields = [
            *("alias", "name", "plan", "is_active", "allow_overage", "open_endpoints", "public_attributions"),
            *("stripe_webhook_secret", "stripe_api_key", "stripe_livemode"),
        ]
        help_texts = {"stripe_livemode": "Yes and no refuse the events of the other mode; unknown takes both."}

    def clean(self) -> dict[str, Any]:
        """The form is sent without the secrets that are set, so an empty field is no wish to lose one."""
        cleaned = super().clean() or self.cleaned_data
        for name, off in SECRETS.items():
            kept = "" if cleaned.get(off) else self.initial.get(name, "")
            cleaned[name] = cleaned.get(name) or kept
        return cleaned


class DomainForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    host = forms.CharField(
        max_length=253,
        validators=[RegexValidator(r"^[a-z0-9-]+(\.[a-z0-9-]+)+\Z", "A host name, such as go.acme.com.")],
    )

    class Meta:
        model = Domain
        fields = ["host"]


class DomainInline(TabularInline):
    model = Domain
    form = DomainForm
    extra = 0


@admin.register(Tenant)
class TenantAdmin(ConsoleAdmin):
    """A tenant is never deleted: switched off, its keys and endpoints answer nobody."""

    form = TenantForm
    list_display = ["name", "alias", "plan", "state", "created_at"]
    list_filter = ["plan", "is_active"]
    list_select_related = ("plan",)
    search_fields = ["=alias", "name"]
    ordering = ("name",)
    actions = ["renew_token_secret"]
    inlines = [DomainInline]
    readonly_fields = ["created_at", "stripe_endpoint", "stripe_payouts", "used", "keys", "programs"]
    add_fieldsets = (
        section(None, ("alias", "name"), "plan"),
        section("Stripe", "stripe_webhook_secret", "stripe_api_key", "stripe_livemode"),
        section("Open endpoints", ("open_endpoints", "public_attributions")),
    )
    fieldsets = [
        section(None, ("alias", "name"), ("is_active", "created_at")),
        section("See also", ("keys", "programs")),
        section("Plan", ("plan", "allow_overage"), "used"),
        section("Stripe", ("stripe_endpoint", "stripe_payouts"), "stripe_livemode"),
        section("Open endpoints", ("open_endpoints", "public_attributions")),
    ]
    secret_fieldsets = [section("Change the Stripe secrets", *SECRETS.items(), folded=True)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, "alias"] if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those who may only look get no field of a secret: Django would show them its value."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [*fieldsets, *self.secret_fieldsets]

    def response_add(self, request: HttpRequest, obj: Tenant, post_url_continue: str | None = None) -> HttpResponse:
        return show_once(self, request, f"New tenant {obj}", {"Member token secret": obj.member_token_secret})

    @admin.action(description="Renew the member token secret", permissions=["change"])
    def renew_token_secret(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> HttpResponse:
        """Tokens signed with the old secret are refused from now on."""
        for tenant in tenants:
            self.log_change(request, tenant, "Renewed the member token secret.")
        return show_once(
            self, request, "New member token secrets", {tenant.alias: renew_token_secret(tenant) for tenant in tenants}
        )

    @display(description="State", label={"Active": "success", "Off": "danger"})
    def state(self, tenant: Tenant) -> str:
        return "Active" if tenant.is_active else "Off"

    @display(description="Endpoint")
    def stripe_endpoint(self, tenant: Tenant) -> str:
        if not tenant.stripe_webhook_secret:
            return "Off: it has no secret."
        return reverse("stripe:events", args=[tenant.alias])

    @display(description="Payouts")
    def stripe_payouts(self, tenant: Tenant) -> str:
        return "Carried by Stripe." if tenant.stripe_api_key else "Stripe pays nothing out: it has no API key."

    @display(description="Credits used")
    def used(self, tenant: Tenant) -> str:
        today, this_month = usage_of(tenant, at=timezone.now())
        return f"{today:,} today, {this_month:,} this month of {tenant.plan.credits_per_month:,}"

    @display(description="API keys")
    def keys(self, tenant: Tenant) -> SafeString:
        return link_to_list("tenants_apikey", "API keys", tenant__id__exact=tenant.pk)

    @display(description="Programs")
    def programs(self, tenant: Tenant) -> SafeString:
        return link_to_list("referrals_program", "Programs", tenant__id__exact=tenant.pk)
