"""Users, by the tenant's key (contracts/saasquatch.md, section 3)."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.saasquatch import schemas
from api.saasquatch.auth import key
from api.saasquatch.base import SaasquatchView
from api.saasquatch.bodies import UserBody, columns_of
from api.saasquatch.filters import filter_users
from api.saasquatch.gather import about_people
from api.saasquatch.objects.pii import show_pii
from api.saasquatch.objects.users import show_user
from api.saasquatch.paging import PageQuery, envelope, find_page, in_order, read_page
from api.saasquatch.views.codes import find_live_code
from api.saasquatch.views.referrals import base_url_of
from referrals.models import Person
from referrals.services.registration import register_person
from referrals.services.standing import block_person, unblock_person

NOT_BLANK = r"\S"  # what `needed` asks of a parameter


class UserView(SaasquatchView):
    def get_permissions(self) -> list[Any]:
        return [key("read" if self.request.method in {"GET", "HEAD"} else "write")()]

    @extend_schema(
        operation_id="upsertUser", request=UserBody, responses=schemas.answers(success=200, body=schemas.USER)
    )
    def post(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/user`: add or update a user, in one step."""
        body = UserBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        registration = register_person(
            self.tenant,
            account_id=told["accountId"],
            external_id=told["id"],
            code=told.get("referralCode") or "",
            at=timezone.now(),
            **columns_of(told),
        )
        return self.show(request, registration.person)

    @extend_schema(
        operation_id="getUserByCode",
        parameters=[OpenApiParameter("referralCode", OpenApiTypes.STR, required=True, pattern=NOT_BLANK)],
        responses=schemas.answers(success=200, body=schemas.USER),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/user?referralCode=`: the owner of a code."""
        return self.show(request, find_live_code(self.tenant, needed(request, "referralCode")).member.person)

    def show(self, request: Request, person: Person) -> Response:
        return answer_user(request, person)


class UserLookupView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(operation_id="getUser", responses=schemas.answers(success=200, body=schemas.USER))
    def get(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/account/{accountId}/user/{userId}`"""
        return answer_user(request, self.person(account_id, user_id))


class UserPIIView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(operation_id="getUserPII", responses=schemas.answers(success=200, body=schemas.PII))
    def get(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/account/{accountId}/user/{userId}/pii`: all that is known of a user."""
        person = self.person(account_id, user_id)
        return Response(show_pii(person, tenant=self.tenant, base_url=base_url_of(request)))


class BlockView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(operation_id="blockUser", request=None, responses=schemas.answers(success=200, body=schemas.NOTHING))
    def post(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`POST .../block`: 403 where they are blocked already."""
        block_person(self.person(account_id, user_id), at=timezone.now(), actor=self.actor)
        return Response({})


class UnblockView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(
        operation_id="unblockUser", request=None, responses=schemas.answers(success=200, body=schemas.NOTHING)
    )
    def post(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`POST .../unblock`: 403 where they are not blocked."""
        unblock_person(self.person(account_id, user_id), at=timezone.now(), actor=self.actor)
        return Response({})


class UsersView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(
        operation_id="listUsers",
        parameters=[PageQuery, OpenApiParameter("query", OpenApiTypes.STR)],
        responses=schemas.answers(success=200, body=schemas.USERS),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/users`: a page of users, the newest first."""
        listed = filter_users(self.tenant, request.query_params.get("query", ""))
        total, ids = find_page(listed, read_page(request))
        people: list[Person] = in_order(Person.objects.for_tenant(self.tenant), ids)
        about = about_people(people, tenant=self.tenant, base_url=base_url_of(request))
        shown = [show_user(person, about) for person in people]
        return Response(envelope("users", shown, total=total))


def answer_user(request: Request, person: Person) -> Response:
    about = about_people([person], tenant=person.tenant, base_url=base_url_of(request))
    return Response(show_user(person, about))


def needed(request: Request, name: str) -> str:
    """A query parameter that must be there."""
    value = request.query_params.get(name, "").strip()
    if not value:
        raise serializers.ValidationError({name: "This parameter is required."})
    return str(value)
