"""`/v1/actions`: what referred people did that can earn rewards."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import ActionFilters
from api.native.resources.referrals import ReferralShape
from api.native.shapes import Id, Money, MoneyOf, Reference, Related, Shape
from credits.services.reporting import report_action
from referrals.models import Action, Referral

REFERRAL = ("referral__program", "referral__referrer", "referral__referred", "referral__code")


class ActionShape(Shape):
    id = Id()
    referral = Related(ReferralShape)
    kind = serializers.ChoiceField(Action.Kind.choices)
    key = serializers.CharField(help_text="Its natural key: one payment is one action, whichever source tells of it.")
    money = MoneyOf("amount")
    reversed = MoneyOf("reversed_amount", help_text="How much of it went back.")
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()


class ActionBody(serializers.Serializer[Any]):
    referral = Reference(Referral)
    money = Money()
    external_id = serializers.CharField(
        max_length=150,
        allow_blank=True,
        required=False,
        default="",
        help_text="One of this id counts once for its referral.",
    )
    name = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")


class Actions(ReadResource):
    """What referred people did that can earn rewards: paid invoices, approvals, and what is reported here."""

    model = Action
    serializer_class = ActionShape
    filterset_class = ActionFilters
    ordering_fields = ["id", "occurred_at"]
    owner: ClassVar[str | None] = "referral__referred"
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"referral": REFERRAL}

    def all_rows(self) -> QuerySet[Action]:
        return super().all_rows().select_related("referral")

    @extend_schema(request=ActionBody, responses={200: ActionShape, 201: ActionShape})
    def create(self, request: Request) -> Response:
        """Report what a referred person did, for whatever it earns: 201, or 200 with what that `external_id` was."""
        body = self.read(ActionBody)
        reported, is_new = report_action(
            body["referral"],
            **body["money"],
            actor=self.actor,
            at=self.at,
            external_id=body["external_id"],
            name=body["name"],
        )
        return self.answer(reported, status=201 if is_new else 200)
