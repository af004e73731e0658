"""Referrals, changed and removed (contracts/referral-rock.md, 4.13 to 4.16)."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import referral_schemas, schemas
from api.referral_rock.base import BulkView, ConfirmationView
from api.referral_rock.bodies import read_body
from api.referral_rock.bulk import failed, part_of, read_items, read_part, result_info, try_item
from api.referral_rock.errors import Failure, NotThere
from api.referral_rock.formats import read_uuid
from api.referral_rock.queries import ReferralQuery, echo_query, find_referral, read_query_object
from api.referral_rock.referral_bodies import (
    ReferralStatus,
    UpdateReferral,
    check_region,
    details_of,
    person_of,
)
from api.referral_rock.referral_lists import read_programs
from api.referral_rock.transitions import give_status
from api.referral_rock.views.referrals import show_referrals
from api.referral_rock.words import REMOVED, UPDATED
from credits.services.outcomes import remove_referral
from referrals.models import Referral
from referrals.services.details import describe_referral
from referrals.services.status import lock_referral
from tenants.models import Tenant

MESSAGE = "Referral Updated"


class UpdateReferralsView(BulkView):
    @extend_schema(
        operation_id="updateReferrals",
        request=referral_schemas.REFERRAL_UPDATES,
        responses=schemas.answers(200, referral_schemas.REFERRAL_UPDATE_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/referral/update`: each item is done or not by itself; a referral is shown as it is after all."""
        items, at = read_items(request.data), timezone.now()
        done = [try_item(partial(self.update, item, at=at)) for item in items]
        ids = list(dict.fromkeys(referral.pk for referral, _ in done if referral))
        shown = {row["id"]: row for row in show_referrals(self.tenant, ids)}
        return Response(
            [
                {
                    "query": echo_query(ReferralQuery, part_of(item, "query")),
                    "referral": shown.get(str(referral.uid)) if referral else None,
                    "resultInfo": result_info(UPDATED, MESSAGE) if referral else failed(why),
                }
                for item, (referral, why) in zip(items, done, strict=True)
            ]
        )

    def update(self, item: Any, *, at: datetime) -> Referral:
        referral = find_referral(self.tenant, read_query_object(ReferralQuery, part_of(item, "query")))
        told = read_part(UpdateReferral, item, "referral")
        return change_referral(referral, told, tenant=self.tenant, actor=self.actor, at=at)


class ReferralStatusView(ConfirmationView):
    entity = "referral"

    @extend_schema(
        operation_id="setReferralStatus",
        request=ReferralStatus,
        responses=schemas.answers(200, referral_schemas.NO_REFERRAL),
        deprecated=True,
    )
    def post(self, request: Request) -> Response:
        """`POST /api/referrals/status`: one referral by its id; superseded by `referral/update`."""
        told = read_body(ReferralStatus, request.data)
        referral = self.change(told)
        return Response({"message": MESSAGE, "referral": show_referrals(self.tenant, [referral.pk])[0]})

    @transaction.atomic
    def change(self, told: dict[str, Any]) -> Referral:
        uid = read_uuid(told["referralId"])
        referral = Referral.objects.for_tenant(self.tenant).filter(uid=uid).first() if uid else None
        if referral is None:
            raise NotThere("referral")
        if told.get("programId") and referral.program_id not in read_programs(self.tenant, told["programId"]):
            raise Failure("There is no such referral in that program.")
        return change_referral(referral, told, tenant=self.tenant, actor=self.actor, at=timezone.now())


class RemoveReferralsView(BulkView):
    @extend_schema(
        operation_id="removeReferrals",
        request=referral_schemas.REFERRAL_REMOVALS,
        responses=schemas.answers(200, referral_schemas.REFERRAL_REMOVAL_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/referral/remove`: each item is done or not by itself."""
        return self.remove_all(request)

    @extend_schema(
        operation_id="deleteReferrals",
        request=referral_schemas.REFERRAL_REMOVALS,
        responses=schemas.answers(200, referral_schemas.REFERRAL_REMOVAL_RESULTS),
    )
    def delete(self, request: Request) -> Response:
        """`DELETE /api/referral/remove`: the same, with a body."""
        return self.remove_all(request)

    def remove_all(self, request: Request) -> Response:
        items, at = read_items(request.data), timezone.now()
        done = [try_item(partial(self.remove, item, at=at)) for item in items]
        return Response(
            [
                {
                    "query": echo_query(ReferralQuery, part_of(item, "query")),
                    "resultInfo": failed(why) if why else result_info(REMOVED, None),
                }
                for item, (_, why) in zip(items, done, strict=True)
            ]
        )

    def remove(self, item: Any, *, at: datetime) -> Referral:
        referral = find_referral(self.tenant, read_query_object(ReferralQuery, part_of(item, "query")))
        return remove_referral(referral, actor=self.actor, at=at)


def change_referral(referral: Referral, told: dict[str, Any], *, tenant: Tenant, actor: str, at: datetime) -> Referral:
    """What was told of it first, since an approval counts with the amount; then its status. The caller has opened a
    transaction.
    """
    referral = lock_referral(referral.pk)
    check_region(referral, told)
    details = details_of(told, referral.program, tenant)
    referral = describe_referral(referral, at=at, person=person_of(told), **details)
    return give_status(referral, told["status"], actor=actor, at=at) if told.get("status") else referral
