"""`/v1/webhook-endpoints` and `/v1/deliveries`: who is told, and what became of it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import DeliveryFilters, EndpointFilters
from api.native.ids import id_of
from api.native.shapes import Id, Related, Shape
from api.native.webhooks import FORMAT, TEST, new_secret
from events.models import Attempt, Delivery, Subscription, WebhookEndpoint
from events.services.own_endpoints import (
    change_endpoint,
    close_endpoint,
    open_endpoint,
    rotate_secret,
    send_anew,
    try_endpoint,
)
from tenants.models import Scope

WRITES = ("create", "partial_update", "destroy", "test", "rotate_secret", "redeliver")
TOPIC = r"^(\*|[a-z_]+\.[a-z_]+)\Z"


def _topics(**options: Any) -> serializers.ListField:
    topic = serializers.RegexField(TOPIC, max_length=60)
    return serializers.ListField(
        child=topic, min_length=1, max_length=100, help_text="Kinds of events; `*` for all.", **options
    )


class EndpointShape(Shape):
    id = Id()
    url = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    format = serializers.CharField(help_text="`vouch`, or the dialect in which it is told.")
    topics = serializers.ListField(child=serializers.CharField())
    failures = serializers.IntegerField(help_text="In a row.")
    failing_since = serializers.DateTimeField(allow_null=True)
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class EndpointWithSecret(EndpointShape):
    secret = serializers.CharField(help_text="Signs each message. Shown now and never again.")


class NewEndpoint(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=2048, help_text="HTTPS, on port 443 or 8443.")
    name = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")
    topics = _topics(required=False, default=[Subscription.EVERYTHING])


class EndpointChanges(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=2048, required=False)
    name = serializers.CharField(max_length=200, allow_blank=True, required=False)
    topics = _topics(required=False)
    is_enabled = serializers.BooleanField(required=False)


class AttemptShape(serializers.ModelSerializer[Attempt]):
    class Meta:
        model = Attempt
        fields = ("number", "started_at", "milliseconds", "status_code", "error", "reply")


class DeliveryShape(Shape):
    id = Id()
    endpoint = Related(EndpointShape)
    event = serializers.SerializerMethodField()
    topic = serializers.CharField()
    status = serializers.ChoiceField(Delivery.Status.choices)
    attempts = serializers.IntegerField(help_text="Since it was last put in line.")
    next_attempt_at = serializers.DateTimeField()
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField(allow_blank=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_event(self, delivery: Delivery) -> str | None:
        """Null for a test."""
        return id_of(delivery.event) if delivery.event else None


class DeliveryCase(DeliveryShape):
    log = AttemptShape(many=True)


class WebhookEndpoints(ReadResource):
    """Addresses that are told of events, with a signature as Standard Webhooks has it."""

    model = WebhookEndpoint
    serializer_class = EndpointShape
    filterset_class = EndpointFilters
    ordering_fields = ["id", "created_at"]
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(WRITES, Scope.ADMIN)

    def all_rows(self) -> QuerySet[WebhookEndpoint]:
        return super().all_rows().prefetch_related("subscriptions")

    @extend_schema(request=NewEndpoint, responses={201: EndpointWithSecret})
    def create(self, request: Request) -> Response:
        """Tell an address of what happens from now on. The answer alone holds the secret that signs."""
        body, secret = self.read(NewEndpoint), new_secret()
        endpoint = open_endpoint(self.tenant, dialect=FORMAT, secret=secret, at=self.at, actor=self.actor, **body)
        return self.answer(endpoint, status=201, secret=secret)

    @extend_schema(request=EndpointChanges, responses=EndpointShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change where it is, what it is told, or whether; switching it on again gives it a clean record."""
        changes = self.read(EndpointChanges)
        return self.answer(change_endpoint(self.get_object(), at=self.at, actor=self.actor, **changes))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Forget it, with its deliveries."""
        close_endpoint(self.get_object(), at=self.at, actor=self.actor)
        return Response(status=204)

    @extend_schema(request=None, responses={202: DeliveryShape})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> Response:
        """Send it a message that tells of nothing. The answer is the delivery, in which the outcome will be found."""
        delivery = try_endpoint(self.get_object(), topic=TEST, at=self.at, actor=self.actor)
        return Response(DeliveryShape(delivery, context={"tenant": self.tenant}).data, status=202)

    @extend_schema(request=None, responses=EndpointWithSecret)
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, id: str) -> Response:
        """Sign with another secret from the next call on. The answer alone holds it."""
        secret = new_secret()
        endpoint = rotate_secret(self.get_object(), secret=secret, at=self.at, actor=self.actor)
        return self.answer(endpoint, secret=secret)


class Deliveries(ReadResource):
    """Messages to endpoints, each with what became of it. Finished ones are kept for 30 days."""

    model = Delivery
    serializer_class = DeliveryShape
    filterset_class = DeliveryFilters
    ordering_fields = ["id", "created_at"]
    scopes: ClassVar[dict[str, str]] = {"redeliver": Scope.ADMIN}
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"endpoint": ()}

    def all_rows(self) -> QuerySet[Delivery]:
        rows = super().all_rows().select_related("endpoint", "event")
        return rows.prefetch_related("log") if self.action == "retrieve" else rows

    def along(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.prefetch_related("endpoint__subscriptions") if self.expanded else rows

    def get_serializer_class(self) -> Any:
        return DeliveryCase if self.action == "retrieve" else DeliveryShape

    @extend_schema(request=None, responses=DeliveryShape)
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, id: str) -> Response:
        """Put it in line again, whatever became of it, under the same id."""
        return self.answer(send_anew(self.get_object(), at=self.at, actor=self.actor))
