"""`/v1/keys` and `/v1/usage`: who may call, and how much."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource, Resource
from api.native.filtersets import KeyFilters
from api.native.paging import Numbers
from api.native.resources.people import PersonShape
from api.native.shapes import Id, Reference, Related, Shape
from referrals.models import Person
from referrals.services.api_keys import end_key, issue_key
from tenants.models import ApiKey, Plan, Scope
from tenants.services.usage import usage_of


class KeyShape(Shape):
    id = Id()
    name = serializers.CharField(allow_blank=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))
    person = Related(PersonShape, source="binding.person", allow_null=True, help_text="Whom it acts as, if anybody.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class KeyWithSecret(KeyShape):
    secret = serializers.CharField(help_text="Shown now and never again.")


class KeyBody(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100, allow_blank=True, required=False, default="")
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices), min_length=1, max_length=3)
    person = Reference(Person, required=False, help_text="Whose own data alone it sees, and only to read.")
    expires_at = serializers.DateTimeField(required=False)


class Keys(ReadResource):
    """API keys. Of a secret only a hash is kept."""

    model = ApiKey
    serializer_class = KeyShape
    filterset_class = KeyFilters
    pagination_class = Numbers
    ordering_fields = ["id", "created_at"]
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("list", "retrieve", "create", "destroy"), Scope.ADMIN)
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"person": ()}

    def all_rows(self) -> QuerySet[ApiKey]:
        return ApiKey.objects.filter(tenant=self.tenant).select_related("tenant", "binding__person").order_by("-id")

    @extend_schema(request=KeyBody, responses={201: KeyWithSecret})
    def create(self, request: Request) -> Response:
        """Issue a key, of no more scopes than the one that asks. The answer alone holds its secret."""
        body = self.read(KeyBody)
        if set(body["scopes"]) - set(request.auth.scopes):  # type: ignore[union-attr]
            raise PermissionDenied("A key hands on no scope that it does not have.")
        issued = issue_key(self.tenant, actor=self.actor, at=self.at, **body)
        return self.answer(issued.key, status=201, secret=issued.secret)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Revoke a key at once."""
        end_key(self.get_object(), actor=self.actor, at=self.at)
        return Response(status=204)


class UsageShape(serializers.Serializer[Any]):
    """One call answered with a 2xx costs one credit. Days and months are those of UTC."""

    plan = serializers.CharField()
    calls_per_minute = serializers.IntegerField()
    credits_per_day = serializers.IntegerField(allow_null=True, help_text="Null: no daily limit.")
    credits_per_month = serializers.IntegerField()
    overage = serializers.ChoiceField(Plan.Overage.choices)
    used_today = serializers.IntegerField()
    used_this_month = serializers.IntegerField()


class Usage(Resource):
    """What the plan allows, and what is used of it."""

    @extend_schema(responses=UsageShape)
    def read_usage(self, request: Request) -> Response:
        """What the plan allows, and what was used of it today and this month, this call included."""
        today, this_month = usage_of(self.tenant, at=self.at)
        plan = self.tenant.plan
        limits = {name: getattr(plan, name) for name in ("calls_per_minute", "credits_per_day", "credits_per_month")}
        return Response(
            {"plan": plan.slug, **limits, "overage": plan.overage, "used_today": today, "used_this_month": this_month}
        )
