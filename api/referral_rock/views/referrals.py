"""Referrals, listed, looked up and added (contracts/referral-rock.md, 4.10 to 4.12)."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import referral_schemas, schemas
from api.referral_rock.base import ListAddView, RockView
from api.referral_rock.bodies import read_body, read_query
from api.referral_rock.errors import NotThere
from api.referral_rock.objects.referrals import referrals_json
from api.referral_rock.paging import answer_set, ids_of, read_page
from api.referral_rock.referral_bodies import NewReferral, details_of, person_of
from api.referral_rock.referral_lists import (
    ReferralsQuery,
    SingleQuery,
    filter_referrals,
    find_single,
    sort_referrals,
)
from api.referral_rock.transitions import give_status
from referrals.models import Referral
from referrals.services.leads import add_lead, keep_refusal
from referrals.services.referrals import find_code
from tenants.models import Tenant

SOURCE = "api"


class ReferralsView(ListAddView):
    collection, entity = "referrals", "referral"

    @extend_schema(
        operation_id="listReferrals",
        parameters=[ReferralsQuery],
        responses=schemas.answers(200, referral_schemas.REFERRAL_SET),
    )
    def get(self, request: Request) -> HttpResponse:
        """`GET /api/referrals`: a set whose referrals are null where the program is unknown."""
        told, page = read_query(ReferralsQuery, request), read_page(request)
        rows = filter_referrals(self.tenant, told)
        ids = ids_of(sort_referrals(rows, told["sort"]), page)

        def show(ids: list[int]) -> list[dict[str, Any]]:
            return show_referrals(self.tenant, ids)

        return answer_set(self.collection, ids, show, total=rows.count(), page=page)

    @extend_schema(
        operation_id="addReferral",
        request=NewReferral,
        responses=schemas.answers(201, referral_schemas.REFERRAL_CONFIRMATION, failure=referral_schemas.NO_REFERRAL),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/referrals`: 201; or a 200 without a referral where there can be none, as of an unknown code."""
        referral = self.add(read_body(NewReferral, request.data))
        shown = show_referrals(self.tenant, [referral.pk])[0]
        return Response({"message": "Referral Added", "referral": shown}, status=201)

    def add(self, told: dict[str, Any]) -> Referral:
        """A status that cannot be given leaves no referral behind."""
        spelling = told["referralCode"]
        code, by = find_code(self.tenant, spelling), self.by()
        details = details_of(told, code.member.program if code else None, self.tenant)
        with keep_refusal(self.tenant, code=spelling, **by):
            referral = add_lead(self.tenant, code=spelling, person=person_of(told), source=SOURCE, **details, **by)
            return give_status(referral, told["status"], **by) if told.get("status") else referral

    def by(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": timezone.now()}


class ReferralView(RockView):
    @extend_schema(
        operation_id="getReferral",
        parameters=[SingleQuery],
        responses=schemas.answers(200, referral_schemas.REFERRAL),
    )
    def get(self, request: Request) -> Response:
        """`GET /api/referral/single?email=&referralId=&externalId=`: of several the latest."""
        referral = find_single(self.tenant, read_query(SingleQuery, request))
        if referral is None:
            raise NotThere("referral")
        return Response(show_referrals(self.tenant, [referral.pk])[0])


def show_referrals(tenant: Tenant, ids: list[int]) -> list[dict[str, Any]]:
    """The tenant's referrals of some primary keys."""
    return referrals_json(Referral.objects.for_tenant(tenant), ids)
