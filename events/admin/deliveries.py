"""What was told, and what became of it."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from events.models import Attempt, Delivery
from events.services.outcomes import redeliver
from tenants.admin.base import ConsoleAdmin, ReadOnlyInline, SearchByIndex, display, section, tag, two_lines

MOST_AT_ONCE = 1000
S = Delivery.Status
COLOURS: dict[str, str] = {S.PENDING: "info", S.DELIVERED: "good", S.FAILED: "bad", S.DROPPED: ""}


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ["number", "started_at", "milliseconds", "status_code", "error", "reply"]
    show_change_link = False


@admin.register(Delivery)
class DeliveryAdmin(SearchByIndex, ConsoleAdmin):
    """A delivery is never edited, only put in line again."""

    list_display = ["what", "to", "tenant", "state", "attempts", "answered", "created_at", "next_attempt_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("tenant", RelatedDropdownFilter)]
    list_select_related = ("endpoint", "tenant", "event")
    linked_by = ("endpoint__id__exact",)
    search_help_text = "Id of the message (Webhook-Id) or of what it is about"
    ordering = ("-id",)
    actions = ["redeliver_selected"]
    inlines = [AttemptInline]
    fieldsets = [
        section(None, ("topic", "state"), "to", ("tenant", "uid"), ("event", "subject")),
        section("How it went", ("attempts", "answered"), ("created_at", "next_attempt_at"), "finished_at"),
        section("What it says, while it is under way", "body", folded=True),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Delivery._meta.fields] + ["state", "to", "answered"]  # noqa: SLF001

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """A list does without the bodies, which are most of a row."""
        rows: QuerySet[Delivery] = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("body") if match and match.url_name == "events_delivery_changelist" else rows

    def find(self, term: str) -> list[Q]:
        try:
            uid = uuid.UUID(term)
        except ValueError:
            return [Q(pk__in=[])]
        return [Q(uid=uid), Q(event__subject=uid)]

    @admin.action(description="Send anew", permissions=["change"])
    def redeliver_selected(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        picked = list(deliveries.order_by("id")[: MOST_AT_ONCE + 1])
        if len(picked) > MOST_AT_ONCE:
            messages.error(request, f"Send at most {MOST_AT_ONCE} anew at once.")
            return
        for delivery in picked:
            redeliver(delivery, at=timezone.now())
        noun = "message is" if len(picked) == 1 else "messages are"
        messages.success(request, f"{len(picked)} {noun} in line again and will be sent within seconds.")

    @display(description="Message")
    def what(self, delivery: Delivery) -> SafeString:
        return two_lines(delivery.topic, delivery.event.kind if delivery.event else "a test")

    @display(description="Endpoint")
    def to(self, delivery: Delivery) -> str:
        return delivery.endpoint.url

    @display(description="Status")
    def state(self, delivery: Delivery) -> SafeString:
        return tag(delivery.get_status_display(), COLOURS[delivery.status])

    @display(description="Last answer", empty_value="-")
    def answered(self, delivery: Delivery) -> str | None:
        return str(delivery.last_status) if delivery.last_status else delivery.last_error or None
