"""Referrals: list, lookup, moderate, and the open list of one user (contracts/saasquatch.md, section 2)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import Caller
from api.saasquatch import schemas
from api.saasquatch.auth import UserCaller, key, key_or_token, require_self
from api.saasquatch.base import OpenView, SaasquatchView
from api.saasquatch.bodies import ModerationBody
from api.saasquatch.errors import NotThere
from api.saasquatch.filters import Listed, OpenReferralQuery, ReferralQuery, filter_referrals, pairs_of
from api.saasquatch.formats import read_id
from api.saasquatch.objects.referrals import show_referrals
from api.saasquatch.paging import PageQuery, envelope, find_page, read_page
from api.saasquatch.words import VERBS
from credits.services.batch import Verdict, moderate_all
from referrals.models import Referral
from tenants.models import Tenant


class ReferralsView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(
        operation_id="listReferrals",
        parameters=[ReferralQuery, PageQuery],
        responses=schemas.answers(success=200, body=schemas.REFERRALS),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/referrals`: a page of the tenant's referrals, the newest first."""
        query = ReferralQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return answer_page(request, filter_referrals(self.tenant, query.validated_data), tenant=self.tenant)


class ReferralView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(operation_id="getReferral", responses=schemas.answers(success=200, body=schemas.REFERRAL))
    def get(self, request: Request, tenant_alias: str, referral_id: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/referrals/{referralId}`"""
        rows = Referral.objects.for_tenant(self.tenant)
        found = find_referrals(self.tenant, [referral_id])
        base_url = base_url_of(request)
        return Response(show_referrals(rows, [found[referral_id].pk], tenant=self.tenant, base_url=base_url)[0])


class ModerateView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(operation_id="moderateReferrals", request=ModerationBody, responses=schemas.answers(success=200))
    def post(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/referrals/moderate`: 1 to 100 actions, in order, all or none; an empty 200."""
        body = ModerationBody(data=request.data)
        body.is_valid(raise_exception=True)
        actions = body.validated_data["actions"]
        referrals = find_referrals(self.tenant, [action["referralId"] for action in actions])
        verdicts = [
            Verdict(referrals[action["referralId"]], side, VERBS[action["action"]][1])
            for action in actions
            for side in VERBS[action["action"]][0]
        ]
        moderate_all(verdicts, actor=self.actor, at=timezone.now())
        return Response(status=200)


class OpenReferralsView(OpenView):
    permission_classes = [key_or_token("read")]

    @extend_schema(
        operation_id="listOpenReferrals",
        parameters=[OpenReferralQuery, PageQuery],
        responses=schemas.answers(success=200, body=schemas.REFERRALS),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/open/referrals`: those that involve a user, by the key or by that user's token."""
        query = OpenReferralQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        pairs = pairs_of(query.validated_data)
        require_self(request, *pairs)
        listed = filter_referrals(self.tenant, query.validated_data)
        return answer_page(request, listed, tenant=self.tenant, readers=self._readers(request))

    def _readers(self, request: Request) -> set[int] | None:
        """A user sees their own personal data, and of others what a friend may know."""
        caller: object = request.user
        if isinstance(caller, UserCaller):
            return {self.person(caller.account_id, caller.user_id).pk}
        return {caller.person.pk} if isinstance(caller, Caller) and caller.person else None


def answer_page(request: Request, listed: Listed, *, tenant: Tenant, readers: set[int] | None = None) -> Response:
    total, ids = find_page(listed, read_page(request))
    shown = show_referrals(
        Referral.objects.for_tenant(tenant), ids, tenant=tenant, base_url=base_url_of(request), readers=readers
    )
    return Response(envelope("referrals", shown, total=total))


def find_referrals(tenant: Tenant, ids: list[str]) -> dict[str, Referral]:
    """The tenant's referrals by the ids given; one that is not there is refused."""
    found: dict[str, Referral] = {}
    for text in dict.fromkeys(ids):
        uids = read_id(text)
        row: Any = Referral.objects.for_tenant(tenant).filter(uid__range=uids).first() if uids else None
        if row is None:
            raise NotThere("referral")
        found[text] = row
    return found


def base_url_of(request: Request) -> str:
    return str(request.build_absolute_uri("/")).rstrip("/")
