"""Crawlora's open and member routes (contracts/crawlora.md, section 2)."""

from typing import Any

from django.http.request import split_domain_port
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from api.addresses import client_ip
from api.authentication import Caller
from api.crawlora.auth import Asker, IsMember, MayClick, asker_of
from api.crawlora.base import CrawloraView, ok
from api.crawlora.bodies import ClickBody, EventsQuery, read_body, read_query
from api.crawlora.errors import InvalidRequest, ReferralNotFound, refusals
from api.crawlora.gather import count_statuses, gather_own, public_click_id
from api.crawlora.objects import show_own, show_summary
from api.crawlora.schemas import ClickAnswer, MemberEventsAnswer, MemberSummaryAnswer
from api.throttles import limit_keyless
from credits.services.offers import offer_of
from referrals.errors import BlockedPerson, UnknownCode
from referrals.models import Person, Side
from referrals.services.attributions import record_click
from referrals.services.identities import people_called, person_called
from referrals.services.memberships import default_code_of, membership_of
from referrals.services.named_clicks import record_named_click

ITEMS = 50


class ClickView(CrawloraView):
    permission_classes = [MayClick]
    answers_anybody = True

    def check_throttles(self, request: Request) -> None:
        limit_keyless(request, "click")

    @extend_schema(
        operation_id="recordReferralClickEvent",
        request=ClickBody,
        responses={200: ClickAnswer, **refusals(401, 403, 413, 415)},
    )
    def post(self, request: Request) -> Response:
        """`POST /api/v1/referrals/click`: contract section 2. 400 for a code that is unknown or may not be used.

        The address and agent are the connection's own. The same `click_id` again is the same click.
        """
        told = read_body(request, ClickBody)
        if not told.get("code"):
            raise InvalidRequest
        try:
            click_id, code = _record(told["code"], told.get("click_id") or "", _touch_of(request, told))
        except UnknownCode as error:
            raise InvalidRequest from error
        return ok({"click_id": click_id, "code": code})


class MemberView(CrawloraView):
    permission_classes = [IsMember]


class MeView(MemberView):
    @extend_schema(operation_id="getMyReferrals", responses={200: MemberSummaryAnswer, **refusals(401, 403, 404)})
    def get(self, request: Request) -> Response:
        """`GET /api/v1/referrals/me`: contract section 2. Makes whoever asks a member, with a code, at the first call.

        404 where the tenant has no program to be a member of.
        """
        person = _claim_person(asker_of(request))
        member = membership_of(person, at=timezone.now())
        code = default_code_of(member) if member else None
        if member is None or code is None:
            raise ReferralNotFound("no referral program")
        return ok(
            show_summary(
                member.program,
                code,
                offers={side: offer_of(member.program, side) for side in Side},
                statuses=count_statuses(person.tenant, person),
                items=gather_own(person.tenant, [person], limit=ITEMS),
            )
        )


class MyEventsView(MemberView):
    @extend_schema(
        operation_id="listMyReferralEvents",
        parameters=[EventsQuery],
        responses={200: MemberEventsAnswer, **refusals(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v1/referrals/me/events`: contract section 2. The caller's, on either side, newest first."""
        asker, limit = asker_of(request), read_query(request, EventsQuery)["limit"]
        people = [asker.person] if asker.person else list(people_called(asker.tenant, asker.subject))
        return ok({"items": [show_own(own) for own in gather_own(asker.tenant, people, limit=limit)]})


def _record(code: str, click_id: str, touch: dict[str, Any]) -> tuple[str, str]:
    if not click_id:
        click = record_click(code, **touch)
        return public_click_id(click.id), click.code
    _, spelling = record_named_click(code, name=click_id, **touch)
    return click_id, spelling


def _touch_of(request: Request, told: dict[str, Any]) -> dict[str, Any]:
    user: object = request.user
    details = ("landing_path", "utm_source", "utm_medium", "utm_campaign")
    return {
        "at": timezone.now(),
        "ip": client_ip(request),
        "user_agent": request.headers.get("User-Agent", ""),
        "host": split_domain_port(request.get_host())[0],
        "tenant": getattr(user, "tenant", None),
        "is_vouched_for": isinstance(user, Caller),
        **{name: told.get(name) or "" for name in details},
    }


def _claim_person(asker: Asker) -> Person:
    """Whoever asks, added where the tenant's id is news to us."""
    try:
        return asker.person or person_called(asker.tenant, asker.subject, at=timezone.now())
    except BlockedPerson as error:
        raise PermissionDenied(str(error)) from error
