"""`/v1/rewards`: value granted to one person."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.native.base import ReadResource
from api.native.explaining import AUDIENCE, audience_of, with_ids
from api.native.filtersets import RewardFilters
from api.native.ids import id_from
from api.native.resources.actions import REFERRAL, ActionShape
from api.native.resources.payouts import PayoutShape
from api.native.resources.people import PersonShape
from api.native.resources.programs import ProgramShape
from api.native.resources.referrals import ReferralShape
from api.native.resources.rules import RuleShape
from api.native.shapes import Id, Money, MoneyOf, Reference, Related, Shape
from credits.models import Mode, Reward
from credits.models.money import MAX_AMOUNT
from credits.services.by_hand import change_reward, give_reward
from credits.services.cancelling import cancel_reward
from credits.services.explaining import explain_reward
from payouts.models import PayoutMethod
from payouts.services.issuing import issue_rewards
from referrals.models import Person, Program, Referral, Side
from tenants.models import Scope

DECISIONS = ("create", "partial_update", "revert", "issue")


class RewardShape(Shape):
    id = Id()
    person = Related(PersonShape)
    program = Related(ProgramShape)
    referral = Related(ReferralShape, allow_null=True)
    action = Related(ActionShape, allow_null=True)
    rule = Related(RuleShape, allow_null=True, help_text="Null where a person gave it by hand.")
    side = serializers.ChoiceField(Side.choices)
    mode = serializers.ChoiceField(Mode.choices)
    status = serializers.ChoiceField(Reward.Status.choices)
    money = MoneyOf("amount")
    base = MoneyOf("base_amount", help_text="What the rate was applied to.")
    reversed = MoneyOf("reversed_amount", help_text="What refunds took of it before it was paid out.")
    redeemed = MoneyOf("redeemed_amount", help_text="What its owner spent of it by themselves.")
    rate = serializers.DecimalField(max_digits=7, decimal_places=6, allow_null=True)
    hold_days = serializers.IntegerField()
    matures_at = serializers.DateTimeField()
    description = serializers.CharField(allow_blank=True)
    granted_by = serializers.CharField(allow_blank=True, help_text="Who gave it by hand.")
    payout_method = serializers.SerializerMethodField(help_text="The one chosen for it.")
    frozen_at = serializers.DateTimeField(allow_null=True)
    available_at = serializers.DateTimeField(allow_null=True)
    issued_at = serializers.DateTimeField(allow_null=True)
    reverted_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_payout_method(self, reward: Reward) -> str | None:
        return id_from(PayoutMethod, reward.method_uid) if reward.method_uid else None


class GiftBody(serializers.Serializer[Any]):
    """A reward that is given by hand: it stands by itself, whatever becomes of the referral it is given for."""

    person = Reference(Person)
    program = Reference(Program)
    money = Money()
    side = serializers.ChoiceField(Side.choices, required=False)
    referral = Reference(Referral, required=False)
    matures_at = serializers.DateTimeField(required=False, help_text="When it becomes available; else at once.")
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    payout_method = Reference(PayoutMethod, required=False)


class RewardChanges(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=1, max_value=MAX_AMOUNT, required=False, help_text="In minor units.")
    matures_at = serializers.DateTimeField(required=False)
    description = serializers.CharField(max_length=500, allow_blank=True, required=False)
    payout_method = Reference(PayoutMethod, required=False)


class RevertBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class IssueBody(serializers.Serializer[Any]):
    method = Reference(PayoutMethod)
    reference = serializers.CharField(max_length=180, allow_blank=True, required=False, default="")
    early = serializers.BooleanField(required=False, default=False, help_text="Also while it is in its hold.")


class Maturity(serializers.Serializer[Any]):
    """Why a pending reward has not matured: each guard, whether it holds, and since when."""

    status = serializers.ChoiceField(Reward.Status.choices)
    matures_at = serializers.DateTimeField(allow_null=True, help_text="Null while it takes somebody to lift a guard.")
    waits_for = serializers.ListField(child=serializers.CharField())
    guards = serializers.ListField(child=serializers.DictField(), help_text="Empty for a member.")


class Rewards(ReadResource):
    """Value granted to one person: pending until its hold has passed, then available, and issued when paid out."""

    model = Reward
    serializer_class = RewardShape
    filterset_class = RewardFilters
    ordering_fields = ["id", "created_at", "updated_at", "matures_at"]
    owner: ClassVar[str | None] = "person"
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(DECISIONS, Scope.ADMIN)
    parameters: ClassVar[dict[str, frozenset[str]]] = {"explain": frozenset({"audience"})}
    expands: ClassVar[dict[str, tuple[str, ...]]] = {
        "person": (),
        "program": (),
        "referral": REFERRAL,
        "action": ("action__referral",),
        "rule": ("rule__program",),
    }

    def all_rows(self) -> QuerySet[Reward]:
        return super().all_rows().select_related("person", "program", "referral", "action", "rule")

    @extend_schema(request=GiftBody, responses={201: RewardShape})
    def create(self, request: Request) -> Response:
        """Give a person a reward by hand, without an action."""
        body = _for_service(self.read(GiftBody))
        given = give_reward(body.pop("person"), body.pop("program"), actor=self.actor, at=self.at, **body)
        return self.answer(given, status=201)

    @extend_schema(request=RewardChanges, responses=RewardShape)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a single reward. A new amount posts the difference; what is paid out keeps its amount."""
        changes = _for_service(self.read(RewardChanges))
        return self.answer(change_reward(self.get_object(), actor=self.actor, at=self.at, **changes))

    @extend_schema(request=RevertBody, responses=RewardShape)
    @action(detail=True, methods=["post"])
    def revert(self, request: Request, id: str) -> Response:
        """Take back a reward that is not spent. Approving its side does not bring it back."""
        reason = self.read(RevertBody)["reason"]
        return self.answer(cancel_reward(self.get_object(), actor=self.actor, at=self.at, reason=reason))

    @extend_schema(request=IssueBody, responses={201: PayoutShape})
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, id: str) -> Response:
        """Pay out this reward by itself: by a manual method there and then, by Stripe as soon as workers carry it."""
        reward, body = self.get_object(), self.read(IssueBody)
        payout = issue_rewards([reward], body.pop("method"), actor=self.actor, at=self.at, **body)
        return Response(PayoutShape(payout, context={"tenant": self.tenant}).data, status=201)

    @extend_schema(responses=Maturity)
    @action(detail=True, methods=["get"])
    def maturity(self, request: Request, id: str) -> Response:
        """When it becomes available, and what keeps it."""
        reward = self.get_object()
        told = explain_reward(reward, audience=audience_of(self), at=self.at)["maturation"]
        about = told[0] if told else {}
        matures_at = about.get("matures_at", about.get("available_on")) if told else reward.matures_at
        waits_for = about.get("held_by", about.get("waits_for", []))
        shown = {
            "status": reward.status,
            "matures_at": matures_at,
            "waits_for": waits_for,
            "guards": about.get("guards", []),
        }
        return Response(Maturity(shown).data if not told else shown)

    @extend_schema(parameters=[AUDIENCE], responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["get"])
    def explain(self, request: Request, id: str) -> Response:
        """Why it stands as it does: its referral, the rules that were asked, the arithmetic, and each ledger entry."""
        return Response(with_ids(explain_reward(self.get_object(), audience=audience_of(self), at=self.at)))


def _for_service(body: dict[str, Any]) -> dict[str, Any]:
    method, money = body.pop("payout_method", None), body.pop("money", {})
    return {**body, **money, **({"method_uid": method.uid} if method else {})}
