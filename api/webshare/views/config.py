"""The referral config (contracts/webshare.md, section 2, rows 1 and 2)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.callers import caller_of
from api.webshare.base import FOR, WebshareView
from api.webshare.bodies import ConfigBody, read
from api.webshare.config import config_of, default_mode, link_of
from api.webshare.errors import answers, refuse
from api.webshare.objects import ConfigSerializer
from payouts.errors import AccountNeeded, BadDestination
from payouts.services.preferences import manual_account_of, set_preferences
from referrals.models import Member, Person
from referrals.services.memberships import membership_of

EMAIL = "paypal_payout_email"


class ConfigView(WebshareView):
    @extend_schema(
        operation_id="getReferralConfig", parameters=[FOR], responses=answers(ConfigSerializer, 401, 403, 404)
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v2/referral/config/`: contract section 2, row 1. Makes whoever asks a member at the first call.

        A tenant's own key reads the tenant's main program, with sums over everybody.
        """
        return self._answer(request, self.subject)

    @extend_schema(
        operation_id="updateReferralConfig",
        parameters=[FOR],
        request=ConfigBody,
        responses=answers(ConfigSerializer, 400, 401, 403, 404, 413, 415),
    )
    def patch(self, request: Request) -> Response:
        """`PATCH /api/v2/referral/config/`: contract section 2, row 2. What the body does not name stays as it is."""
        person = self.person
        told = read(ConfigBody, request.data)
        self._set(request, person, _membership(person), told)
        person.refresh_from_db()
        return self._answer(request, person)

    def _set(self, request: Request, person: Person, member: Member, told: dict[str, Any]) -> None:
        account = manual_account_of(person)
        email = told.get(EMAIL, account.destination if account else None)
        try:
            set_preferences(
                person,
                mode=told.get("mode", ""),
                default_mode=default_mode(member.program),
                email=email,
                actor=str(caller_of(request)),
                at=timezone.now(),
            )
        except AccountNeeded as error:
            raise _email_needed(told) from error
        except BadDestination as error:
            raise refuse(EMAIL, str(error), "invalid") from error

    def _answer(self, request: Request, person: Person | None) -> Response:
        tenant = caller_of(request).tenant
        config = config_of(tenant, person, at=timezone.now())
        if config is None:
            raise NotFound
        code = config["referral_code"]
        url = request.build_absolute_uri(link_of(tenant, code)) if code else None
        return Response(ConfigSerializer({**config, "referral_url": url}).data)


def _membership(person: Person) -> Member:
    member = membership_of(person, at=timezone.now())
    if member is None:
        raise NotFound
    return member


def _email_needed(told: dict[str, Any]) -> ValidationError:
    """Absent, or told to be none."""
    if EMAIL in told:
        return refuse(EMAIL, "This field may not be null.", "null")
    return refuse(EMAIL, "This field is required.", "required")
