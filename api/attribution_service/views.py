"""The Referral Attribution Service (contracts/attribution-service.md)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from api.addresses import client_ip
from api.attribution_service.bodies import ClickBody
from api.attribution_service.errors import CodeNotFound, answer_error
from api.attribution_service.objects import AttributionObject, show_click
from api.callers import caller_of
from api.metering import MeteredAPIView
from api.parsers import SmallJSONParser
from api.permissions import scopes
from referrals.errors import UnknownCode
from referrals.services.attributions import record_click
from tenants.services.addresses import network_of
from tenants.services.limits import throttle


class Keyless(BasePermission):
    """Somebody without a key: a code is public, and so is telling that it was clicked."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return request.auth is None


class AttributionsView(MeteredAPIView):
    parser_classes = [SmallJSONParser]
    permission_classes = [Keyless | scopes("write")]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def check_throttles(self, request: Request) -> None:
        """A key is held to its plan, already counted by now; a caller without one to their network's rate."""
        if request.auth is None:
            retry_after = throttle(f"click:{network_of(client_ip(request))}", limit=settings.CLICKS_PER_MINUTE)
            if retry_after:
                raise Throttled(wait=retry_after)

    @extend_schema(
        operation_id="recordReferralClick",
        request=ClickBody,
        responses={
            201: AttributionObject,
            200: OpenApiResponse(AttributionObject, description="The click this device made within five minutes."),
        },
    )
    def post(self, request: Request) -> Response:
        """`POST /api/v1/referral-attributions`: contract section 2, recordReferralClick.

        201 with the new click, 200 with the one the same device left within five minutes. Refusals are 400 (malformed),
        401, 403 (key without `write`), 404 (unknown code), 413, 415, 422 (fields) and 429 with `Retry-After`.
        """
        at = timezone.now()
        body = ClickBody(data=request.data, context={"at": at})
        body.is_valid(raise_exception=True)
        try:
            click = record_click(at=at, **_touch_of(request, body.validated_data))
        except UnknownCode as error:
            raise CodeNotFound from error
        return Response(show_click(click), status=201 if click.created else 200)


def _touch_of(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """What is believed of a touch. A key's holder tells of other people's; without one it is the connection's own."""
    touch = {
        "code": body["code"],
        "host": split_domain_port(request.get_host())[0],
        "referrer_url": body.get("referrer_url") or "",
        "occurred_at": body.get("occurred_at"),
    }
    if request.auth is None:
        agent = body.get("user_agent") or request.headers.get("User-Agent", "")
        return touch | {"ip": client_ip(request), "user_agent": agent}
    return touch | {
        "is_vouched_for": True,
        "tenant": caller_of(request).tenant,
        "ip": body.get("ip_address") or "",
        "user_agent": body.get("user_agent") or "",
    }
