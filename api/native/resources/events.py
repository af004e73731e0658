"""`/v1/events`: all that happened, in order and without a gap."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import Resource, UnknownParameter
from api.native.errors import problems
from api.native.facts import show_event
from api.native.paging import MOST, PAGE
from api.native.shapes import Shape
from events.models import Event, FeedEntry
from events.services.numbering import number_events

AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    description="The number of the last event that you have; 0 for none.",
)
LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}, description=f"At most {MOST}.")


class EventShape(Shape):
    """An event as the feed and webhooks tell it."""

    id = serializers.CharField()
    number = serializers.IntegerField(help_text="Counts from 1 in your feed, without a gap.")
    type = serializers.CharField(help_text="Such as `referral.qualified`.")
    subject = serializers.CharField(help_text="The id of what it is about.")
    occurred_at = serializers.DateTimeField()
    before = serializers.JSONField(help_text="What changed, as it was; null where it was not there.")
    after = serializers.JSONField(help_text="What changed, as it is since.")
    data = serializers.JSONField(help_text="What else there is to say.")  # type: ignore[assignment]


class FeedQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(default=0, min_value=0, max_value=2**63 - 1)
    limit = serializers.IntegerField(default=PAGE, min_value=1, max_value=MOST)


@extend_schema_serializer(many=False)
class FeedPage(serializers.Serializer[Any]):
    data = EventShape(many=True)  # type: ignore[assignment]
    last = serializers.IntegerField(help_text="Ask for what is after this next time.")
    has_more = serializers.BooleanField()


class Events(Resource):
    """All that happened, in order: whoever has read up to a number has read everything up to it."""

    model = Event
    serializer_class = EventShape

    def known_parameters(self) -> set[str]:
        return {"after", "limit"} if self.action == "list" else set()

    @extend_schema(parameters=[AFTER, LIMIT], responses={200: FeedPage, **problems()})
    def list(self, request: Request) -> Response:
        """What happened after an event. Ask again from `last`, at once while there is more, else when you please."""
        query = FeedQuery(data=request.query_params)
        if not query.is_valid():
            raise UnknownParameter(query.errors)
        number_events(seconds=1.0)
        after, limit = query.validated_data["after"], query.validated_data["limit"]
        entries = FeedEntry.objects.for_tenant(self.tenant).filter(number__gt=after).select_related("event")
        rows = list(entries.order_by("number")[: limit + 1])
        data = [show_event(entry.event, number=entry.number) for entry in rows[:limit]]
        last = data[-1]["number"] if data else after
        return Response({"data": data, "last": last, "has_more": len(rows) > limit})

    @extend_schema(responses={200: EventShape, **problems(404)})
    def retrieve(self, request: Request, id: str) -> Response:
        """One event."""
        event = self.get_object()
        entry = FeedEntry.objects.filter(event=event).first()
        return Response(show_event(event, number=entry.number if entry else None))
