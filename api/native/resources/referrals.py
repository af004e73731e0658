"""`/v1/referrals`: who brought in whom, and what has become of it."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.bulk import Batch, BatchParser, each
from api.native.explaining import AUDIENCE, audience_of, with_ids
from api.native.filtersets import ReferralFilters
from api.native.resources.members import MemberShape
from api.native.resources.people import PersonBody, PersonShape, know_person
from api.native.resources.programs import ProgramShape
from api.native.shapes import Id, Money, Reference, Related, Shape
from credits.services.approval import approve_referral
from credits.services.explaining import explain_referral
from credits.services.moderation import moderate
from credits.services.outcomes import deny_referral, remove_referral
from referrals.models import Moderation, Program, Referral, Side
from referrals.services.referrals import refer
from tenants.models import Scope

DECISIONS = ("approve", "reject", "moderate", "moderate_batch", "destroy")


class ReferralShape(Shape):
    id = Id()
    program = Related(ProgramShape)
    referrer = Related(MemberShape)
    referred = Related(PersonShape)
    code = serializers.CharField(source="code.code")
    status = serializers.ChoiceField(Referral.Status.choices)
    referrer_moderation = serializers.ChoiceField(Moderation.choices)
    referred_moderation = serializers.ChoiceField(Moderation.choices)
    skip_reason = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)
    utm_source = serializers.CharField(allow_blank=True)
    utm_medium = serializers.CharField(allow_blank=True)
    utm_campaign = serializers.CharField(allow_blank=True)
    attributed_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    qualified_at = serializers.DateTimeField(allow_null=True)
    rewarded_at = serializers.DateTimeField(allow_null=True)
    moderated_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class ReferralBody(serializers.Serializer[Any]):
    program = Reference(Program)
    referred = PersonBody()
    code = serializers.CharField(max_length=64, allow_blank=True, required=False, default="")
    click_id = serializers.CharField(max_length=64, allow_blank=True, required=False, default="")
    visitor = serializers.CharField(max_length=64, allow_blank=True, required=False, default="")


class ApprovalBody(serializers.Serializer[Any]):
    money = Money(required=False, help_text="Counts as one paid action, once for the referral.")


class ReasonBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class ModerationBody(serializers.Serializer[Any]):
    side = serializers.ChoiceField(Side.choices)
    verdict = serializers.ChoiceField([Moderation.APPROVED, Moderation.DENIED])
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class BatchModerationBody(ModerationBody):
    referral = Reference(Referral)


class Referrals(ReadResource):
    """Who brought in whom. A referral is recorded by a code, a click or a visitor, and decided about by people."""

    model = Referral
    serializer_class = ReferralShape
    filterset_class = ReferralFilters
    ordering_fields = ["id", "attributed_at", "updated_at"]
    owner = "referrer__person"
    others = frozenset({"referred"})
    parameters: ClassVar[dict[str, frozenset[str]]] = {"explain": frozenset({"audience"})}
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(DECISIONS, Scope.ADMIN)
    expands: ClassVar[dict[str, tuple[str, ...]]] = {
        "program": (),
        "referrer": ("referrer__person", "referrer__program"),
        "referrer.person": (),
        "referrer.program": (),
        "referred": (),
    }

    def all_rows(self) -> QuerySet[Referral]:
        return super().all_rows().select_related("program", "referrer", "referred", "code")

    @extend_schema(request=ReferralBody, responses={201: ReferralShape})
    def create(self, request: Request) -> Response:
        """Record that a member brought somebody in. All touches within the window compete; `explain` tells more."""
        return self.answer(self._refer(self.read(ReferralBody)), status=201)

    @extend_schema(request=ReferralBody(many=True), responses={200: Batch})
    @action(detail=False, methods=["post"], url_path="batch", parser_classes=[BatchParser])
    def create_batch(self, request: Request) -> Response:
        """Record up to 1,000, each by itself: one that is refused stops no other."""
        return each(self, request, ReferralBody, self._refer)

    @extend_schema(request=ApprovalBody, responses=ReferralShape)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> Response:
        """Approve both sides, an open case with them, and grant what was earned."""
        money = self.read(ApprovalBody).get("money") or {}
        return self.answer(approve_referral(self.get_object(), actor=self.actor, at=self.at, **money))

    @extend_schema(request=ReasonBody, responses=ReferralShape)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, id: str) -> Response:
        """Deny both sides: nothing is granted, and what was granted and not paid out goes back."""
        reason = self.read(ReasonBody)["reason"]
        return self.answer(deny_referral(self.get_object(), actor=self.actor, at=self.at, reason=reason))

    @extend_schema(request=ModerationBody, responses=ReferralShape)
    @action(detail=True, methods=["post"])
    def moderate(self, request: Request, id: str) -> Response:
        """Approve or deny one side."""
        return self.answer(self._moderate({"referral": self.get_object(), **self.read(ModerationBody)}))

    @extend_schema(request=BatchModerationBody(many=True), responses={200: Batch})
    @action(detail=False, methods=["post"], url_path="moderate-batch", parser_classes=[BatchParser])
    def moderate_batch(self, request: Request) -> Response:
        """Moderate up to 1,000, each by itself."""
        return each(self, request, BatchModerationBody, self._moderate)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        """Hide it, and take back what it earned and is not paid out. Its books and decisions stay."""
        remove_referral(self.get_object(), actor=self.actor, at=self.at)
        return Response(status=204)

    @extend_schema(parameters=[AUDIENCE], responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["get"])
    def explain(self, request: Request, id: str) -> Response:
        """Why it stands as it does, also where it earned nothing: the touches that competed, every risk rule, what was
        earned and by which arithmetic, what keeps rewards from maturing, and each ledger entry.
        """
        return Response(with_ids(explain_referral(self.get_object(), audience=audience_of(self), at=self.at)))

    def _refer(self, body: dict[str, Any]) -> Referral:
        referred = know_person(self.tenant, body.pop("referred"), at=self.at)
        return refer(body.pop("program"), referred, at=self.at, actor=self.actor, **body)

    def _moderate(self, body: dict[str, Any]) -> Referral:
        terms = {"actor": self.actor, "at": self.at, "reason": body["reason"]}
        return moderate(body["referral"], body["side"], body["verdict"], **terms)
