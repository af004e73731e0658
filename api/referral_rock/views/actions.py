"""Referral actions (contracts/referral-rock.md, 4.3)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import referral_schemas, schemas
from api.referral_rock.base import RockView
from api.referral_rock.bodies import read_body
from api.referral_rock.errors import Failure, NotThere
from api.referral_rock.formats import read_amount
from api.referral_rock.queries import programs_called, referral_called
from api.referral_rock.referral_bodies import ReferralAction
from credits.services.reporting import report_action
from referrals.models import Referral

ADDED = "Referral Action Added"
KNOWN = "Referral Action Already Added"
AMBIGUOUS = "referralQuery: More than one referral is meant: give its id, or programQuery."


class ReferralActionView(RockView):
    @extend_schema(
        operation_id="addReferralAction",
        request=ReferralAction,
        responses=schemas.answers(200, referral_schemas.DONE),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/referralaction`: what the referred person did, for whatever the program's rules give for it."""
        told = read_body(ReferralAction, request.data)
        referral = self.find(told)
        currency = referral.program.currency
        _, is_new = report_action(
            referral,
            amount=read_amount(told["amount"], currency),
            currency=currency,
            actor=self.actor,
            at=timezone.now(),
            external_id=told.get("externalIdentifier") or "",
            name=told.get("name") or "",
        )
        return Response({"message": ADDED if is_new else KNOWN})

    def find(self, told: dict[str, Any]) -> Referral:
        """Of one person in one program the latest referral; an earlier one has expired."""
        rows = Referral.objects.for_tenant(self.tenant).filter(referral_called(self.tenant, told["referralQuery"]))
        if told.get("programQuery"):
            programs = programs_called(self.tenant, told["programQuery"])
            if not programs.exists():
                raise NotThere("program")
            rows = rows.filter(program__in=programs)
        found = list(rows.select_related("program").order_by("-attributed_at", "-pk")[:10])
        if not found:
            raise NotThere("referral")
        if len({(each.program_id, each.referred_id) for each in found}) > 1:
            raise Failure(AMBIGUOUS)
        return found[0]
