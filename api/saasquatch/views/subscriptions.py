"""Webhook subscriptions (contracts/saasquatch.md, section 6). An endpoint is named by its URL, encoded in the path."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.saasquatch import schemas
from api.saasquatch.auth import key
from api.saasquatch.base import SaasquatchView
from api.saasquatch.bodies import EndpointBody
from api.saasquatch.errors import NotThere
from api.saasquatch.webhooks import FORMAT
from api.saasquatch.words import TEST
from events.models import WebhookEndpoint
from events.services.endpoints import find_endpoint, send_test, subscribe, unsubscribe


class SubscriptionsView(SaasquatchView):
    def get_permissions(self) -> list[Any]:
        return [key("read" if self.request.method in {"GET", "HEAD"} else "admin")()]

    @extend_schema(operation_id="listWebhooks", responses=schemas.answers(success=200, body=schemas.ENDPOINTS))
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/subscription`: a bare list, the oldest first."""
        endpoints = WebhookEndpoint.objects.for_tenant(self.tenant).filter(format=FORMAT).order_by("id")
        return Response([show_endpoint(endpoint) for endpoint in endpoints.prefetch_related("subscriptions")])

    @extend_schema(operation_id="createWebhook", request=EndpointBody, responses=schemas.answers(success=201))
    def post(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/subscription`: 201 without a body; the same URL again stays one subscription."""
        body = EndpointBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        name = told.get("name") or ""
        subscribe(self.tenant, dialect=FORMAT, url=told["endpointUrl"], name=name, at=timezone.now())
        return Response(status=201)


class SubscriptionView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(operation_id="deleteWebhook", responses=schemas.answers(success=204))
    def delete(self, request: Request, tenant_alias: str, url: str) -> Response:  # noqa: ARG002
        """`DELETE /{tenant_alias}/subscription/{url}`"""
        if not unsubscribe(self.tenant, dialect=FORMAT, url=_url_of(request, url)):
            raise NotThere("subscription")
        return Response(status=204)


class SubscriptionTestView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(operation_id="testWebhook", request=None, responses=schemas.answers(success=204))
    def post(self, request: Request, tenant_alias: str, url: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/subscription/{url}/test`: a message of the type `test` is put in line."""
        endpoint = find_endpoint(self.tenant, dialect=FORMAT, url=_url_of(request, url))
        if endpoint is None:
            raise NotThere("subscription")
        send_test(endpoint, topic=TEST, at=timezone.now())
        return Response(status=204)

    @extend_schema(operation_id="deleteWebhookAtTest", responses=schemas.answers(success=204))
    def delete(self, request: Request, tenant_alias: str, url: str) -> Response:
        """`DELETE /{tenant_alias}/subscription/{url}/test`: a URL may itself end so."""
        return SubscriptionView.delete(self, request, tenant_alias, f"{url}/test")  # type: ignore[arg-type]


def _url_of(request: Request, url: str) -> str:
    """A question mark that a client did not encode makes the rest of the URL our query."""
    query = request.META.get("QUERY_STRING", "")
    return f"{url}?{query}" if query else url


def show_endpoint(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "endpointUrl": endpoint.url,
        "name": endpoint.name or None,
        "source": "MANUAL",
        "webhookTypes": endpoint.topics,
    }
