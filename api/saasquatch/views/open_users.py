"""Users through open endpoints: by the key, or by the user's own token (contracts/saasquatch.md, section 3)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import Open
from api.saasquatch import schemas
from api.saasquatch.auth import key, key_or_token, require_self
from api.saasquatch.base import OpenView
from api.saasquatch.bodies import UserBody, UserFields, columns_of
from api.saasquatch.errors import NotThere
from api.saasquatch.gather import about_people
from api.saasquatch.objects.pii import referred_by
from api.saasquatch.objects.users import show_open_user, show_public_user
from api.saasquatch.views.codes import find_live_code, require_write_token
from api.saasquatch.views.referrals import base_url_of
from api.saasquatch.views.users import NOT_BLANK, needed
from referrals.models import Person
from referrals.services.registration import register_person
from referrals.services.standing import remove_account, remove_person

SELECTION = [
    OpenApiParameter("fields", OpenApiTypes.STR, description="Only these, with commas between."),
    OpenApiParameter("extraFields", OpenApiTypes.STR, description="All are shown anyway. Not beside fields."),
]
FLAGS = [OpenApiParameter("doNotTrack", OpenApiTypes.BOOL)]
SCOPES = {"GET": "read", "HEAD": "read", "PUT": "write", "POST": "write"}


class OpenUserView(OpenView):
    def get_permissions(self) -> list[Any]:
        if self.request.method == "DELETE":
            return [key("admin")()]
        return [key_or_token(SCOPES.get(self.request.method or "", "admin"))()]

    @extend_schema(
        operation_id="getOpenUser",
        parameters=SELECTION,
        responses=schemas.answers(success=200, body=schemas.OPEN_USER),
    )
    def get(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/open/account/{accountId}/user/{userId}`"""
        require_self(request, (account_id, user_id))
        return answer_open_user(request, self.person(account_id, user_id))

    @extend_schema(
        operation_id="upsertOpenUser",
        parameters=SELECTION,
        request=UserFields,
        responses=schemas.answers(success=200, body=schemas.OPEN_USER),
    )
    def put(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`PUT .../open/account/{accountId}/user/{userId}`: add or update a user. 200"""
        return answer_open_user(request, self._register(request, account_id, user_id, must_be_new=False))

    @extend_schema(
        operation_id="createOpenUser",
        parameters=SELECTION,
        request=UserFields,
        responses=schemas.answers(success=201, body=schemas.OPEN_USER),
    )
    def post(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`POST .../open/account/{accountId}/user/{userId}`: add a user. 201, or 400 (RS048) where there is one."""
        return answer_open_user(request, self._register(request, account_id, user_id, must_be_new=True), status=201)

    @extend_schema(
        operation_id="deleteOpenUser",
        parameters=[*FLAGS, OpenApiParameter("preserveEmptyAccount", OpenApiTypes.BOOL)],
        responses=schemas.answers(success=204),
    )
    def delete(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`DELETE .../open/account/{accountId}/user/{userId}`: forget a user; books and decisions stay. 204"""
        do_not_track = read_flag(request, "doNotTrack")
        read_flag(request, "preserveEmptyAccount")  # accounts stay, with what they pay
        person = self.person(account_id, user_id)
        remove_person(person, at=timezone.now(), actor=self.actor, do_not_track=do_not_track)
        return Response(status=204)

    def _register(self, request: Request, account_id: str, user_id: str, *, must_be_new: bool) -> Person:
        require_self(request, (account_id, user_id))
        require_write_token(request)
        read_selection(request)
        told = request.data if isinstance(request.data, dict) else {}
        body = UserBody(data={**told, "id": user_id, "accountId": account_id})
        UserFields(data=request.data).is_valid(raise_exception=True)
        body.is_valid(raise_exception=True)
        return register_person(
            self.tenant,
            account_id=account_id,
            external_id=user_id,
            code=body.validated_data.get("referralCode") or "",
            must_be_new=must_be_new,
            at=timezone.now(),
            **columns_of(body.validated_data),
        ).person


class OpenUserByCodeView(OpenView):
    permission_classes = [Open]
    answers_anybody = True

    @extend_schema(
        operation_id="getOpenUserByCode",
        parameters=[OpenApiParameter("referralCode", OpenApiTypes.STR, required=True, pattern=NOT_BLANK)],
        responses=schemas.answers(success=200, body=schemas.PUBLIC_USER),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/open/user?referralCode=`: what anybody may know of the owner of a code."""
        code = find_live_code(self.tenant, needed(request, "referralCode"))
        return Response(show_public_user(code.member.person, code.code))


class OpenAccountView(OpenView):
    permission_classes = [key("admin")]

    @extend_schema(operation_id="deleteOpenAccount", parameters=FLAGS, responses=schemas.answers(success=204))
    def delete(self, request: Request, tenant_alias: str, account_id: str) -> Response:  # noqa: ARG002
        """`DELETE /{tenant_alias}/open/account/{accountId}`: forget an account with all its users. 204"""
        do_not_track = read_flag(request, "doNotTrack")
        at = timezone.now()
        if not remove_account(self.tenant, account_id, at=at, actor=self.actor, do_not_track=do_not_track):
            raise NotThere("account")
        return Response(status=204)


def answer_open_user(request: Request, person: Person, *, status: int = 200) -> Response:
    wanted = read_selection(request)
    about = about_people([person], tenant=person.tenant, base_url=base_url_of(request))
    shown = show_open_user(person, about, referred_by=referred_by(person))
    return Response({name: shown[name] for name in shown if not wanted or name in wanted}, status=status)


def read_selection(request: Request) -> set[str]:
    """The fields asked for; none for all of them."""
    if "fields" in request.query_params and "extraFields" in request.query_params:
        raise serializers.ValidationError({"fields": "Give fields or extraFields, not both."})
    asked = ",".join(request.query_params.getlist("fields"))
    return {name.strip() for name in asked.split(",") if name.strip()}


def read_flag(request: Request, name: str) -> bool:
    """True or false; false where it is not given."""
    flag = serializers.BooleanField(default=False)
    try:
        return bool(flag.run_validation(request.query_params.get(name, False)))
    except serializers.ValidationError as error:
        raise serializers.ValidationError({name: error.detail}) from error
