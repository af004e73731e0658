"""Who is told, how that goes, and the secrets that receivers verify with."""

import secrets
from typing import Any

from django.contrib import admin
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RelatedDropdownFilter

from events.models import Delivery, WebhookEndpoint
from events.services.endpoints import disable, enable, renew_secret
from tenants.admin.base import ConsoleAdmin, display, link_to_list, section, tag, tags, two_lines
from tenants.admin.secrets import show_once

NONE_OF_ITS_OWN = "its format signs with no secret of the endpoint"


def last_answer() -> Subquery:
    """Of each endpoint's newest message that was sent at all: the status, or why there was none."""
    sent = Delivery.objects.filter(endpoint=OuterRef("pk"), fence__gt=0).order_by("-id")
    told = Case(When(last_status__isnull=True, then=F("last_error")), default=Cast("last_status", CharField()))
    return Subquery(sent.annotate(told=told).values("told")[:1])


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ConsoleAdmin):
    """Endpoints are named by the APIs. Here they are watched, and switched off and on."""

    list_display = ["where", "tenant", "format", "heard", "state", "failures", "answered", "created_at"]
    list_filter = [("tenant", RelatedDropdownFilter), "format", ("disabled_at", admin.EmptyFieldListFilter)]
    list_select_related = ("tenant",)
    search_fields = ["=url", "name"]
    ordering = ("-id",)
    actions = ["switch_on", "switch_off", "show_secrets", "renew_secrets"]
    fieldsets = [
        section(None, "url", ("name", "tenant"), ("format", "heard"), ("uid", "created_at")),
        section("How it goes", ("state", "answered"), ("failures", "failing_since")),
        section("Where it is off", ("disabled_at", "disabled_reason")),
        section("See also", "deliveries"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        shown = [field.name for field in WebhookEndpoint._meta.fields if field.name != "secret"]  # noqa: SLF001
        return [*shown, "heard", "state", "answered", "deliveries"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        rows: QuerySet[WebhookEndpoint] = super().get_queryset(request)
        return rows.annotate(told=last_answer()).prefetch_related("subscriptions")

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in endpoints:
            enable(endpoint)
            self.log_change(request, endpoint, "Switched on.")
        self.message_user(request, "They are told again, first of what waited.")

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in endpoints:
            disable(endpoint, at=timezone.now(), reason=f"Switched off by {request.user}.")
            self.log_change(request, endpoint, "Switched off.")
        self.message_user(request, "They are told nothing more. What is in line for them waits.")

    @admin.action(description="Show the signing secret", permissions=["change"])
    def show_secrets(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> HttpResponse:
        """For whoever runs the receiver: it verifies signatures with it."""
        for endpoint in endpoints:
            self.log_change(request, endpoint, "Looked at the signing secret.")
        return show_once(self, request, "Signing secrets", _secrets_of(endpoints))

    @admin.action(description="Renew the signing secret", permissions=["change"])
    def renew_secrets(self, request: HttpRequest, endpoints: QuerySet[WebhookEndpoint]) -> HttpResponse:
        """From the next call on the new one signs. A format that signs with the tenant's secret keeps doing so."""
        for endpoint in endpoints:
            if endpoint.secret:
                renew_secret(endpoint, secret=secrets.token_hex(32))
                self.log_change(request, endpoint, "Renewed the signing secret.")
        return show_once(self, request, "New signing secrets", _secrets_of(endpoints))

    @display(description="Endpoint")
    def where(self, endpoint: WebhookEndpoint) -> SafeString:
        return two_lines(endpoint.url, endpoint.name)

    @display(description="Hears")
    def heard(self, endpoint: WebhookEndpoint) -> SafeString:
        return tags(["everything" if topic == "*" else topic for topic in endpoint.topics])

    @display(description="State")
    def state(self, endpoint: WebhookEndpoint) -> SafeString:
        if endpoint.disabled_at:
            return tag("Off", "bad")
        return tag("Failing", "warn") if endpoint.failures else tag("On", "good")

    @display(description="Last answer", empty_value="-")
    def answered(self, endpoint: WebhookEndpoint) -> str | None:
        told: str | None = getattr(endpoint, "told", None)
        return told

    @display(description="Deliveries")
    def deliveries(self, endpoint: WebhookEndpoint) -> SafeString:
        return link_to_list("events_delivery", "Deliveries", endpoint__id__exact=endpoint.pk)


def _secrets_of(endpoints: QuerySet[WebhookEndpoint]) -> dict[str, str]:
    return {f"{each.tenant}, {each.url}": each.secret or NONE_OF_ITS_OWN for each in endpoints}
