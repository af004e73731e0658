"""`/v1/reward-rules`: what actions earn, for which side."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import RuleFilters
from api.native.resources.programs import ProgramShape
from api.native.shapes import Id, Rate, Reference, Related, Shape
from credits.models import Mode, RewardRule
from credits.models.money import MAX_AMOUNT, validate_currency
from credits.services.rules import add_rule, retire_rule, revise_rule
from referrals.models import Program, Side
from tenants.models import Scope

LONGEST = 36_500  # days


def _days() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=LONGEST, allow_null=True, required=False)


def _rate() -> Rate:
    return Rate(allow_null=True, required=False, help_text="0.25 is 25%.")


class RuleFields(serializers.Serializer[Any]):
    """What can be written of a rule. Amounts are minor units of `currency`."""

    name = serializers.CharField(max_length=100, required=False)
    side = serializers.ChoiceField(Side.choices, required=False)
    kind = serializers.ChoiceField(RewardRule.Kind.choices, required=False)
    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, allow_null=True, required=False)
    currency = serializers.CharField(max_length=7, validators=[validate_currency], required=False)
    initial_rate = _rate()
    ongoing_rate = _rate()
    initial_rate_days = _days()
    max_per_referred = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, allow_null=True, required=False)
    once = serializers.BooleanField(required=False)
    duration_days = _days()
    mode = serializers.ChoiceField(Mode.choices, required=False)
    hold_days = serializers.IntegerField(min_value=0, max_value=3650, allow_null=True, required=False)


class NewRule(RuleFields):
    program = Reference(Program)
    name = serializers.CharField(max_length=100)
    side = serializers.ChoiceField(Side.choices)
    kind = serializers.ChoiceField(RewardRule.Kind.choices)


class RuleShape(Shape, RuleFields):
    id = Id()
    program = Related(ProgramShape)
    currency = serializers.CharField(allow_blank=True)
    lineage = serializers.UUIDField(help_text="Shared by all versions of one rule.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class RewardRules(ReadResource):
    """What actions earn. The terms of a rule never change: an update makes a new version, under an id of its own."""

    model = RewardRule
    serializer_class = RuleShape
    filterset_class = RuleFilters
    ordering_fields = ["id", "created_at"]
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("create", "partial_update", "destroy"), Scope.ADMIN)
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"program": ()}

    def all_rows(self) -> QuerySet[RewardRule]:
        return super().all_rows().select_related("program")

    @extend_schema(request=NewRule, responses={201: RuleShape})
    def create(self, request: Request) -> Response:
        """Add a rule, in force from now on. A fixed one needs `amount` and `currency`, a percentage `initial_rate`."""
        body = self.read(NewRule)
        return self.answer(add_rule(body.pop("program"), at=self.at, **body), status=201)

    @extend_schema(request=RuleFields, responses=RuleShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Replace a rule by a new version with some terms changed. What the old one granted keeps its terms."""
        return self.answer(revise_rule(self.get_object(), at=self.at, **self.read(RuleFields)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Retire a rule: actions from now on earn nothing under it, and what it granted stays."""
        retire_rule(self.get_object(), at=self.at)
        return Response(status=204)
