"""`/v1/payouts`: available value of one person leaving."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import PayoutFilters
from api.native.resources.methods import MethodShape
from api.native.resources.people import PersonShape
from api.native.shapes import Id, MoneyOf, Reference, Related, Shape
from payouts.models import Payout, PayoutMethod
from payouts.services.release import release_payout, retry_payout
from payouts.services.requests import request_payout
from payouts.services.settlement import cancel_payout
from referrals.models import Person
from tenants.models import Scope

DECISIONS = ("create", "release", "retry", "cancel")


class PayoutShape(Shape):
    id = Id()
    person = Related(PersonShape)
    method = Related(MethodShape)
    status = serializers.ChoiceField(Payout.Status.choices)
    money = MoneyOf("amount")
    carried = MoneyOf("carried_amount", help_text="The part that no reward of this payout accounts for.")
    returned = MoneyOf("returned_amount", help_text="What came back after it was completed.")
    destination = serializers.CharField(allow_blank=True)
    holds = serializers.ListField(child=serializers.ChoiceField(Payout.Hold.choices))
    held_until = serializers.DateTimeField(allow_null=True)
    requested_by = serializers.CharField()
    released_by = serializers.CharField(allow_blank=True)
    reference = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)
    requested_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class PayoutBody(serializers.Serializer[Any]):
    person = Reference(Person)
    method = Reference(PayoutMethod)


class RetryBody(serializers.Serializer[Any]):
    method = Reference(PayoutMethod, required=False, help_text="Else by the same one.")


class CancelBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class Payouts(ReadResource):
    """Available value of one person leaving, in one currency. It is completed once that is confirmed."""

    model = Payout
    serializer_class = PayoutShape
    filterset_class = PayoutFilters
    ordering_fields = ["id", "requested_at", "updated_at"]
    owner: ClassVar[str | None] = "person"
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(DECISIONS, Scope.ADMIN)
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"person": (), "method": ("method__program",)}

    def all_rows(self) -> QuerySet[Payout]:
        return super().all_rows().select_related("person", "method")

    @extend_schema(request=PayoutBody, responses={201: PayoutShape})
    def create(self, request: Request) -> Response:
        """Request a payout of all that a person has available in the currency of a method."""
        body = self.read(PayoutBody)
        return self.answer(request_payout(body["person"], body["method"], actor=self.actor, at=self.at), status=201)

    @extend_schema(request=None, responses=PayoutShape)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, id: str) -> Response:
        """Let a held payout go. Whoever requested it cannot."""
        return self.answer(release_payout(self.get_object(), actor=self.actor, at=self.at))

    @extend_schema(request=RetryBody, responses={201: PayoutShape})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, id: str) -> Response:
        """Pay what a failed payout did not, by a new one."""
        payout, method = self.get_object(), self.read(RetryBody).get("method")
        return self.answer(retry_payout(payout, actor=self.actor, at=self.at, method=method), status=201)

    @extend_schema(request=CancelBody, responses=PayoutShape)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> Response:
        """Call a payout off before it is sent: what was reserved is available again."""
        reason = self.read(CancelBody)["reason"]
        return self.answer(cancel_payout(self.get_object(), actor=self.actor, at=self.at, reason=reason))
