"""Hooks (contracts/referral-rock.md, 4.28 to 4.30): one is a pair of an address and an event."""

import secrets
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import schemas
from api.referral_rock.base import RockView
from api.referral_rock.bodies import Choice, Shape, Text, needed, read_body
from api.referral_rock.errors import NotThere
from api.referral_rock.formats import show_time
from api.referral_rock.webhooks import FORMAT, HOOK_EVENTS
from events.models import Delivery, Subscription
from events.services.endpoints import end_subscription, subscribe_to

MOST = 1000  # deliveries in a history: the newest
NEEDED: dict[str, Any] = {"required": True, "allow_null": False, "allow_blank": False}
HOOK = schemas.shape("Hook", {"web_hook_id": schemas.guid()})
DELIVERY = schemas.shape(
    "HookDelivery",
    {
        "id": schemas.guid(),
        **schemas.texts("event", "targetUrl", "createDate"),
        "statusCode": serializers.IntegerField(allow_null=True, help_text="Of the last attempt that was answered."),
        "payload": serializers.CharField(help_text='The body while it is under way; "" once it is not kept any more.'),
        "status": serializers.CharField(help_text=f"One of {', '.join(Delivery.Status.values)}."),
        "attempts": schemas.number(),
        "error": serializers.CharField(help_text="Why the last attempt was not answered."),
    },
    many=True,
)


class HookBody(Shape):
    target_url = needed(Text, max_length=2048)
    event = Choice(*HOOK_EVENTS, **NEEDED)


class HookIdBody(Shape):
    web_hook_id = serializers.UUIDField()


class EventPath(Shape):
    eventName = Choice(*HOOK_EVENTS, **NEEDED)


class HooksView(RockView):
    @extend_schema(operation_id="addHook", request=HookBody, responses=schemas.answers(201, HOOK))
    def post(self, request: Request) -> Response:
        """`POST /api/hooks`: tell an address of an event from now on. The same pair again is the same hook."""
        told = read_body(HookBody, request.data)
        hook = subscribe_to(
            self.tenant,
            dialect=FORMAT,
            url=told["target_url"],
            topic=told["event"],
            secret=secrets.token_hex(32),
            at=timezone.now(),
        )
        return Response({"web_hook_id": str(hook.uid)}, status=201)

    @extend_schema(operation_id="removeHook", request=HookIdBody, responses=schemas.answers(200, None))
    def delete(self, request: Request) -> Response:
        """`DELETE /api/hooks`: 200 without a body; what waits to be sent for it is dropped."""
        uid = read_body(HookIdBody, request.data)["web_hook_id"]
        hooks = Subscription.objects.filter(endpoint__tenant=self.tenant, endpoint__format=FORMAT)
        hook = hooks.filter(uid=uid).first()
        if hook is None:
            raise NotThere("web hook")
        end_subscription(hook, at=timezone.now())
        return Response()


class HookHistoryView(RockView):
    @extend_schema(operation_id="getHookHistory", responses=schemas.answers(200, DELIVERY))
    def get(self, request: Request, event_name: str) -> Response:  # noqa: ARG002 (the framework passes it)
        """`GET /api/hooks/history/{eventName}`: the newest thousand first; what ended 30 days ago is gone."""
        event = read_body(EventPath, {"eventName": event_name})["eventName"]
        rows = Delivery.objects.for_tenant(self.tenant).in_format(FORMAT).under_topic(event)
        return Response([show_delivery(row) for row in rows.select_related("endpoint").order_by("-id")[:MOST]])


def show_delivery(delivery: Delivery) -> dict[str, Any]:
    """A body may hold personal data, so that of a finished delivery is not kept."""
    return {
        "id": str(delivery.uid),
        "event": delivery.topic,
        "targetUrl": delivery.endpoint.url,
        "createDate": show_time(delivery.created_at),
        "statusCode": delivery.last_status,
        "payload": delivery.body,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "error": delivery.last_error,
    }
