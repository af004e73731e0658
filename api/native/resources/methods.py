"""`/v1/payout-methods`: how a program pays out."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import MethodFilters
from api.native.paging import Numbers
from api.native.resources.programs import ProgramShape
from api.native.shapes import Id, Reference, Related, Shape
from credits.models.money import MAX_AMOUNT, validate_currency
from payouts.models import PayoutMethod
from payouts.services.method_changes import change_method
from payouts.services.methods import create_method
from referrals.models import Program
from tenants.models import Scope


class MethodFields(serializers.Serializer[Any]):
    """What can be written of a method. Amounts are minor units of its currency."""

    name = serializers.CharField(max_length=100, required=False)
    position = serializers.IntegerField(
        min_value=0,
        max_value=32767,
        required=False,
        help_text="A person is paid by the first that they have an account for.",
    )
    is_active = serializers.BooleanField(required=False)
    minimum_amount = serializers.IntegerField(min_value=0, max_value=MAX_AMOUNT, required=False)
    yearly_limit = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, allow_null=True, required=False)
    hold_above = serializers.IntegerField(min_value=0, max_value=MAX_AMOUNT, allow_null=True, required=False)
    account_hold_days = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    schedule = serializers.ChoiceField(PayoutMethod.Schedule.choices, required=False)


class NewMethod(MethodFields):
    program = Reference(Program)
    name = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(PayoutMethod.Kind.choices)
    currency = serializers.CharField(max_length=7, validators=[validate_currency], required=False)


class MethodShape(Shape, MethodFields):
    id = Id()
    program = Related(ProgramShape)
    kind = serializers.ChoiceField(PayoutMethod.Kind.choices)
    currency = serializers.CharField()
    next_run_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class PayoutMethods(ReadResource):
    """How a program pays out one currency."""

    model = PayoutMethod
    serializer_class = MethodShape
    filterset_class = MethodFilters
    pagination_class = Numbers
    ordering_fields = ["id", "position", "created_at"]
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("create", "partial_update"), Scope.ADMIN)
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"program": ()}

    def all_rows(self) -> QuerySet[PayoutMethod]:
        return super().all_rows().select_related("program__tenant")

    @extend_schema(request=NewMethod, responses={201: MethodShape})
    def create(self, request: Request) -> Response:
        """Add a way to pay out, its first earn-out due at the next turn of its schedule."""
        body = self.read(NewMethod)
        return self.answer(create_method(body.pop("program"), at=self.at, **body), status=201)

    @extend_schema(request=MethodFields, responses=MethodShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change how a program pays out, from now on. What was requested before stays as it is."""
        fields = self.read(MethodFields)
        return self.answer(change_method(self.get_object(), actor=self.actor, at=self.at, **fields))
