"""Links that a user shares (contracts/saasquatch.md, section 3)."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.saasquatch import schemas
from api.saasquatch.auth import key, key_or_token, require_self
from api.saasquatch.base import OpenView, SaasquatchView
from api.saasquatch.errors import NotThere
from api.saasquatch.gather import about_people
from api.saasquatch.objects.links import show_flat_links, show_share_urls
from api.saasquatch.views.referrals import base_url_of
from api.saasquatch.views.users import NOT_BLANK, needed
from api.saasquatch.words import ENGAGEMENTS, MEDIA
from referrals.models import Person, Program

PARAMETERS = [
    OpenApiParameter(
        "programId", OpenApiTypes.STR, required=True, pattern=NOT_BLANK, description="The program's id, or its name."
    ),
    OpenApiParameter("engagementMedium", OpenApiTypes.STR, enum=ENGAGEMENTS),
    OpenApiParameter("shareMedium", OpenApiTypes.STR, enum=MEDIA),
]


class MediumQuery(serializers.Serializer[Any]):
    engagementMedium = serializers.ChoiceField([(each, each) for each in ENGAGEMENTS], required=False)
    shareMedium = serializers.ChoiceField([(each, each) for each in MEDIA], required=False)


class ShareUrlsView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(
        operation_id="getShareURLs",
        parameters=PARAMETERS,
        responses=schemas.answers(success=200, body=schemas.SHARE_URLS),
    )
    def get(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`GET .../account/{accountId}/user/{userId}/shareurls?programId=`"""
        return answer_share_urls(request, self.person(account_id, user_id))


class OpenShareUrlsView(OpenView):
    permission_classes = [key_or_token("read")]

    @extend_schema(
        operation_id="getOpenShareURLs",
        parameters=PARAMETERS,
        responses=schemas.answers(success=200, body=schemas.SHARE_URLS),
    )
    def get(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`GET .../open/account/{accountId}/user/{userId}/shareurls?programId=`"""
        require_self(request, (account_id, user_id))
        return answer_share_urls(request, self.person(account_id, user_id))


class ShareLinksView(SaasquatchView):
    """The deprecated flat form."""

    permission_classes = [key("read")]

    @extend_schema(
        operation_id="getSharelinks",
        responses=schemas.answers(success=200, body=schemas.FLAT_LINKS),
        deprecated=True,
    )
    def get(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`GET .../account/{accountId}/user/{userId}/sharelinks`"""
        person = self.person(account_id, user_id)
        about = about_people([person], tenant=self.tenant, base_url=base_url_of(request))
        return Response(show_flat_links(about, about.code_of(person)) or {})


def answer_share_urls(request: Request, person: Person) -> Response:
    query = MediumQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    program = _find_program(person, needed(request, "programId"))
    about = about_people([person], tenant=person.tenant, base_url=base_url_of(request))
    code = about.codes.get(person.pk, {}).get(str(program.uid))
    words = query.validated_data
    engagement, medium = words.get("engagementMedium", ""), words.get("shareMedium", "")
    return Response(show_share_urls(about, code, engagement=engagement, medium=medium))


def _find_program(person: Person, named: str) -> Program:
    programs = Program.objects.for_tenant(person.tenant)
    found = next((program for program in programs if named in {str(program.uid), program.name}), None)
    if found is None:
        raise NotThere("program")
    return found
