"""Crawlora's admin routes (contracts/crawlora.md, section 2): a tenant's own key with the scope `admin`."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.callers import caller_of
from api.crawlora.auth import IsAdmin
from api.crawlora.base import CrawloraView, ok
from api.crawlora.bodies import ListQuery, RecoverQuery, RejectBody, StatsQuery, read_body, read_query
from api.crawlora.errors import InvalidRequest, ReferralNotFound, refusals
from api.crawlora.gather import find_referral, gather_cases, select_referrals
from api.crawlora.objects import first_line, show_case
from api.crawlora.schemas import RecoverAnswer, ReferralListAnswer, ReviewAnswer, StatsAnswer
from api.crawlora.stats import count_funnel
from api.crawlora.words import REFUSALS
from credits.errors import CreditError
from credits.services.recovery import recover_grants
from credits.services.verdicts import approve_held, reject_held
from referrals.models import Referral

ID = OpenApiParameter("referral_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="Referral attribution id")


class AdminView(CrawloraView):
    permission_classes = [IsAdmin]


class ReferralsView(AdminView):
    @extend_schema(
        operation_id="adminListReferrals",
        parameters=[ListQuery],
        responses={200: ReferralListAnswer, **refusals(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v1/admin/referrals`: contract section 2, newest first."""
        asked = read_query(request, ListQuery)
        referrals = select_referrals(caller_of(request).tenant, asked)
        return ok({"items": [show_case(case) for case in gather_cases(referrals[: asked["limit"]])]})


class ReferralView(AdminView):
    @extend_schema(
        operation_id="adminGetReferral", parameters=[ID], responses={200: ReviewAnswer, **refusals(401, 403, 404)}
    )
    def get(self, request: Request, referral_id: str) -> Response:
        """`GET /api/v1/admin/referrals/{id}`: contract section 2."""
        return _show(_find(request, referral_id))


class ApproveView(AdminView):
    @extend_schema(
        operation_id="adminApproveReferral",
        parameters=[ID],
        request=None,
        responses={200: ReviewAnswer, **refusals(401, 403, 404)},
    )
    def post(self, request: Request, referral_id: str) -> Response:
        """`POST /api/v1/admin/referrals/{id}/approve`: contract section 2. Approving again grants nothing more.

        400 for a referral that neither awaits review nor was approved.
        """
        return _show(_decide(request, referral_id, approve_held))


class RejectView(AdminView):
    @extend_schema(
        operation_id="adminRejectReferral",
        parameters=[ID],
        request=RejectBody,
        responses={200: ReviewAnswer, **refusals(401, 403, 404, 413, 415)},
    )
    def post(self, request: Request, referral_id: str) -> Response:
        """`POST /api/v1/admin/referrals/{id}/reject`: contract section 2. Nothing is granted, then or later.

        400 for a referral that neither awaits review nor is rejected.
        """
        referral = _find(request, referral_id)
        reason = read_body(request, RejectBody).get("reason") or ""
        return _show(_decide(request, str(referral.uid), reject_held, reason=reason))


class RecoverView(AdminView):
    @extend_schema(
        operation_id="adminRecoverReferralRewards",
        request=None,
        parameters=[RecoverQuery],
        responses={200: RecoverAnswer, **refusals(401, 403)},
    )
    def post(self, request: Request) -> Response:
        """`POST /api/v1/admin/referrals/recover`: contract section 2. Tries failed grants again, oldest first."""
        limit, caller = read_query(request, RecoverQuery)["limit"], caller_of(request)
        recovery = recover_grants(caller.tenant, at=timezone.now(), limit=limit, actor=str(caller))
        errors = [f"{uid}: {first_line(reason)}" for uid, reason in recovery.errors]
        return ok({"attempted": recovery.attempted, "recovered": recovery.recovered, "errors": errors})


class StatsView(AdminView):
    @extend_schema(
        operation_id="adminGetReferralStats",
        parameters=[StatsQuery],
        responses={200: StatsAnswer, **refusals(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v1/admin/referrals/stats`: contract section 2, for what happened from `from` on and before `to`."""
        return ok(count_funnel(caller_of(request).tenant, read_query(request, StatsQuery)))


def _find(request: Request, referral_id: str) -> Referral:
    referral = find_referral(caller_of(request).tenant, referral_id)
    if referral is None:
        raise ReferralNotFound
    return referral


def _decide(request: Request, referral_id: str, decide: Callable[..., Referral], **told: Any) -> Referral:
    try:
        return decide(_find(request, referral_id), actor=str(caller_of(request)), at=timezone.now(), **told)
    except CreditError as error:
        raise InvalidRequest(REFUSALS.get(error.code, str(error))) from error


def _show(referral: Referral) -> Response:
    (case,) = gather_cases(Referral.objects.filter(pk=referral.pk))
    return ok(show_case(case))
