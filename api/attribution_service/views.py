"""The Referral Attribution Service (contracts/attribution-service.md)."""

from collections.abc import Callable
from typing import Any

from django.http.request import split_domain_port
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from api.addresses import client_ip
from api.attribution_service.access import NOT_FOUND, Keyless, Unbound, find_attribution, reader_of
from api.attribution_service.bodies import ClickBody, ConfirmationBody
from api.attribution_service.errors import CodeNotFound, Refused, answer_error, refusals
from api.attribution_service.filters import (
    ListQuery,
    PageQuery,
    read_query,
    select,
    select_mentors,
    show_page,
)
from api.attribution_service.objects import (
    AttributionObject,
    AttributionPage,
    ConfirmationObject,
    DeletionObject,
    MentorAttributionPage,
    TotalObject,
    show_attribution,
    show_click,
    show_confirmation,
    show_deletion,
    show_to_mentor,
    show_totals,
)
from api.callers import caller_of
from api.metering import MeteredAPIView
from api.parsers import SmallJSONParser
from api.permissions import scopes
from api.throttles import limit_keyless
from referrals.errors import ReferralError, UnknownCode
from referrals.models import Attribution
from referrals.services.attributions import record_click
from referrals.services.confirmations import confirm_touch, remove_touch
from referrals.services.touch_counts import Totals, total_touches

ID = OpenApiParameter("attribution_id", str, OpenApiParameter.PATH, pattern=r"^attr_[0-9a-f]{1,16}$")
MENTOR = OpenApiParameter(
    "mentor_id", str, OpenApiParameter.PATH, pattern=r"^[^/]+$", description="The tenant's own id."
)


class AttributionServiceView(MeteredAPIView):
    """What all routes share. Reading takes the scope `read`, the rest `write`."""

    parser_classes = [SmallJSONParser]
    answers_anybody = True

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def get_permissions(self) -> list[Any]:
        wanted = "read" if self.request.method in SAFE_METHODS else "write"
        return [(Keyless | scopes(wanted))()]

    def check_throttles(self, request: Request) -> None:
        limit_keyless(request, "click" if request.method == "POST" else "attributions")


class AttributionsView(AttributionServiceView):
    @extend_schema(
        operation_id="listReferralAttributions",
        parameters=[ListQuery],
        responses={200: AttributionPage, **refusals()},
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v1/referral-attributions`: contract section 2, the latest first by `occurred_at`."""
        reader, asked = reader_of(request), read_query(request, ListQuery)
        return Response(show_page(select(reader, asked), asked, lambda touch: show_attribution(touch, reader)))

    @extend_schema(
        operation_id="recordReferralClick",
        request=ClickBody,
        responses={
            201: AttributionObject,
            200: OpenApiResponse(AttributionObject, description="The click this device made within five minutes."),
            **refusals(404, 413, 415, 422),
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


class AttributionView(AttributionServiceView):
    def get_permissions(self) -> list[Any]:
        changes = [] if self.request.method in SAFE_METHODS else [Unbound()]
        return [*super().get_permissions(), *changes]

    @extend_schema(
        operation_id="getReferralAttribution", parameters=[ID], responses={200: AttributionObject, **refusals(404)}
    )
    def get(self, request: Request, attribution_id: str) -> Response:
        """`GET /api/v1/referral-attributions/{id}`: contract section 2."""
        reader, touch = find_attribution(request, attribution_id)
        return Response(show_attribution(touch, reader))

    @extend_schema(
        operation_id="confirmRecruitment",
        parameters=[ID],
        request=ConfirmationBody,
        responses={200: ConfirmationObject, **refusals(404, 409, 413, 415, 422)},
    )
    def put(self, request: Request, attribution_id: str) -> Response:
        """`PUT /api/v1/referral-attributions/{id}`: contract section 2, confirmRecruitment.

        Repeating it answers the same. 409 where the attribution brought in somebody else, the person came by another
        one, or the attribution window has passed; 422 for another code, the mentor, or a time before the click.
        """
        at = timezone.now()
        reader, touch = find_attribution(request, attribution_id)
        body = ConfirmationBody(data=request.data, context={"at": at})
        body.is_valid(raise_exception=True)
        told = body.validated_data
        try:
            confirmed = confirm_touch(
                touch,
                told["new_member_id"],
                code=told["code"],
                confirmed_at=told.get("confirmed_at") or at,
                at=at,
                actor=reader.actor,
                is_vouched_for=reader.is_trusted,
            )
        except ReferralError as error:
            raise Refused(error) from error
        except Attribution.DoesNotExist as error:
            raise NotFound(NOT_FOUND) from error
        return Response(show_confirmation(confirmed, reader))

    @extend_schema(
        operation_id="removeReferralAttribution", parameters=[ID], responses={200: DeletionObject, **refusals(404)}
    )
    def delete(self, request: Request, attribution_id: str) -> Response:
        """`DELETE /api/v1/referral-attributions/{id}`: contract section 2. It is hidden everywhere, and kept."""
        reader, touch = find_attribution(request, attribution_id)
        if not remove_touch(touch, at=timezone.now(), actor=reader.actor):
            raise NotFound(NOT_FOUND)
        return Response(show_deletion(touch))


class MentorAttributionsView(AttributionServiceView):
    @extend_schema(
        operation_id="getAttributionsByMentor",
        parameters=[MENTOR, PageQuery],
        responses={200: MentorAttributionPage, **refusals()},
    )
    def get(self, request: Request, mentor_id: str) -> Response:
        """`GET /api/v1/referral-attributions/mentor/{mentorId}`: contract section 2; an unknown mentor has none."""
        reader, asked = reader_of(request), read_query(request, PageQuery)
        touches = select_mentors(reader, mentor_id)
        return Response(show_page(touches, asked, lambda touch: show_to_mentor(touch, reader)))


class MentorTotalView(AttributionServiceView):
    @extend_schema(operation_id="getTotalRecruitments", parameters=[MENTOR], responses={200: TotalObject, **refusals()})
    def get(self, request: Request, mentor_id: str) -> Response:
        """`GET /api/v1/referral-attributions/mentor/{mentorId}/total`: contract section 2, exact at all times."""
        touches = select_mentors(reader_of(request), mentor_id)
        return Response(show_totals(mentor_id, total_touches(touches) if touches else Totals(0, 0)))


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
