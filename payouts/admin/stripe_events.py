from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from payouts.models import StripeEvent
from payouts.services.inbox import replay
from referrals.admin.evidence import pretty_json
from referrals.admin.lookups import every_tenant
from referrals.admin.wording import Words
from tenants.admin.base import ConsoleAdmin, SearchByIndex, display, section, tag

Status = StripeEvent.Status
COLOURS: Words = {
    Status.RECEIVED: "info",
    Status.HANDLED: "good",
    Status.IGNORED: "",
    Status.PARKED: "warn",
    Status.FAILED: "bad",
    Status.DEAD: "bad",
}
MOST_AT_ONCE = 1000


@admin.register(StripeEvent)
class StripeEventAdmin(SearchByIndex, ConsoleAdmin):
    """The inbox. An event is never edited, only put back in line; its effects have keys, so none happens twice."""

    change_form_template = "payouts/stripe_event.html"
    list_display = ["type", "event_id", "object_id", "state", "attempts", "outcome", "received_at", "tenant"]
    list_filter = [("status", ChoicesDropdownFilter), ("tenant", RelatedDropdownFilter)]
    list_select_related = ("tenant",)
    search_help_text = "Event id or the id of its object"
    actions = ["replay_selected"]
    fieldsets = [
        section(None, ("type", "state"), ("event_id", "object_id"), ("tenant", "livemode")),
        section("Handling", ("outcome", "attempts"), ("handled_at", "next_attempt_at"), "error"),
        section("When", ("created_at", "received_at")),
        section("What Stripe sent", "body"),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in StripeEvent._meta.fields] + ["state", "body"]  # noqa: SLF001

    def find(self, term: str) -> list[Q]:
        return [Q(object_id=term), Q(event_id=term, tenant__in=every_tenant())]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StripeEvent]:
        """A list does without the payloads, which are most of a row."""
        rows: QuerySet[StripeEvent] = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("payload") if match and match.url_name == "payouts_stripeevent_changelist" else rows

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.replay_one))
        return [path("<int:pk>/replay/", view, name="payouts_stripeevent_replay"), *super().get_urls()]

    def replay_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        event = get_object_or_404(StripeEvent, pk=pk)
        if not self.has_change_permission(request, event):
            raise PermissionDenied
        replay(event, at=timezone.now())
        messages.success(request, f"{event.event_id} is back in line and will be handled within seconds.")
        return HttpResponseRedirect(reverse("admin:payouts_stripeevent_change", args=[pk]))

    @admin.action(description="Replay", permissions=["change"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        events = list(queryset.order_by("id")[: MOST_AT_ONCE + 1])
        if len(events) > MOST_AT_ONCE:
            messages.error(request, f"Replay at most {MOST_AT_ONCE} events at once.")
            return
        _replay_all(events, at=timezone.now())
        noun = "event is" if len(events) == 1 else "events are"
        messages.success(request, f"{len(events)} {noun} back in line and will be handled within seconds.")

    @display(description="Status")
    def state(self, event: StripeEvent) -> SafeString:
        return tag(event.get_status_display(), COLOURS[event.status])

    @display(description="Payload")
    def body(self, event: StripeEvent) -> SafeString:
        return pretty_json(event.payload)


def _replay_all(events: list[StripeEvent], *, at: datetime) -> None:
    for event in events:
        replay(event, at=at)
