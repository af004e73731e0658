"""`/v1/programs`: the terms under which people refer."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import ProgramFilters
from api.native.paging import Numbers
from api.native.shapes import Id, Shape
from credits.models.money import validate_currency
from credits.services.programs import create_program, update_program
from referrals.models import Moderation, Program, RiskLevel, Touch
from tenants.models import Scope


class ProgramFields(serializers.Serializer[Any]):
    """What can be written of a program."""

    title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    is_active = serializers.BooleanField(required=False)
    member_offer = serializers.CharField(allow_blank=True, required=False, max_length=5000)
    referral_offer = serializers.CharField(allow_blank=True, required=False, max_length=5000)
    landing_url = serializers.URLField(max_length=2048, allow_blank=True, required=False)
    currency = serializers.CharField(max_length=7, validators=[validate_currency], required=False)
    attribution_window_days = serializers.IntegerField(min_value=1, max_value=3650, required=False)
    touch_policy = serializers.ChoiceField(Touch.choices, required=False)
    hold_days = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    refund_window_days = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    monthly_cap = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, required=False)
    lifetime_cap = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, required=False)
    referrer_moderation = serializers.ChoiceField(Moderation.choices[:2], required=False)
    referred_moderation = serializers.ChoiceField(Moderation.choices[:2], required=False)
    risk_level = serializers.ChoiceField(RiskLevel.choices, required=False)
    review_score = serializers.IntegerField(min_value=0, max_value=2**31 - 1, allow_null=True, required=False)


class NewProgram(ProgramFields):
    name = serializers.CharField(max_length=100)


class ProgramShape(Shape, NewProgram):
    id = Id()
    created_at = serializers.DateTimeField()


class Programs(ReadResource):
    """The terms under which people refer. Changing them moves nothing that was granted."""

    model = Program
    serializer_class = ProgramShape
    filterset_class = ProgramFilters
    pagination_class = Numbers
    ordering_fields = ["id", "name", "created_at"]
    scopes: ClassVar[dict[str, str]] = {"create": Scope.ADMIN, "partial_update": Scope.ADMIN}

    @extend_schema(request=NewProgram, responses={201: ProgramShape})
    def create(self, request: Request) -> Response:
        """A new program, without any reward rule yet."""
        return self.answer(create_program(self.tenant, at=self.at, **self.read(NewProgram)), status=201)

    @extend_schema(request=ProgramFields, responses=ProgramShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change some of its terms, from now on."""
        return self.answer(update_program(self.get_object(), at=self.at, **self.read(ProgramFields)))
