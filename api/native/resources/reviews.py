"""`/v1/reviews`: the cases that people decide."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.filtersets import ReviewFilters
from api.native.resources.actions import REFERRAL, ActionShape
from api.native.resources.referrals import ReferralShape
from api.native.shapes import Id, MoneyOf, Related, Shape
from credits.models import Review
from credits.services.claims import claim_for_key, release_for_key
from credits.services.review import staff
from tenants.models import Scope


class ReviewShape(Shape):
    id = Id()
    referral = Related(ReferralShape)
    action = Related(ActionShape, allow_null=True)
    status = serializers.ChoiceField(Review.Status.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    score = serializers.IntegerField()
    at_risk = MoneyOf("amount_at_risk", help_text="What approving would grant.")
    opened_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(help_text="When the reward would mature had it not been held.")
    claimed_by = serializers.SerializerMethodField(help_text="`staff:<name>` or `key:<id>`; see `claimed_until`.")
    claimed_until = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_blank=True)
    decision_reason = serializers.CharField(allow_blank=True)

    def get_claimed_by(self, review: Review) -> str:
        return staff(review.claimed_by) if review.claimed_by else review.claimed_by_key


class CaseShape(ReviewShape):
    evidence = serializers.DictField(help_text="As it was when the case was opened.")


class Reviews(ReadResource):
    """Why referrals were held, with the evidence frozen. They are decided by `POST /v1/referrals/{id}/approve` or
    `reject`.
    """

    model = Review
    serializer_class = ReviewShape
    filterset_class = ReviewFilters
    ordering_fields = ["id", "opened_at", "deadline"]
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("claim", "release"), Scope.ADMIN)
    expands: ClassVar[dict[str, tuple[str, ...]]] = {"referral": REFERRAL, "action": ("action__referral",)}

    def all_rows(self) -> QuerySet[Review]:
        return super().all_rows().select_related("referral", "action", "claimed_by")

    def get_serializer_class(self) -> Any:
        return CaseShape if self.action == "retrieve" else ReviewShape

    @extend_schema(request=None, responses=ReviewShape)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, id: str) -> Response:
        """Take a case for a quarter of an hour, in the name of the key. Taking it again renews that."""
        return self.answer(claim_for_key(self.get_object(), actor=self.actor, at=self.at))

    @extend_schema(request=None, responses=ReviewShape)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, id: str) -> Response:
        """Give back a case that the key has claimed."""
        return self.answer(release_for_key(self.get_object(), actor=self.actor, at=self.at))
