"""Rewards and what is spent of them (contracts/saasquatch.md, section 4)."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.saasquatch import schemas
from api.saasquatch.auth import key
from api.saasquatch.base import SaasquatchView
from api.saasquatch.bodies import BulkRedeemBody, NewRewardBody, RedeemBody
from api.saasquatch.errors import NotSupported, NotThere
from api.saasquatch.formats import read_id, show_id
from api.saasquatch.gather import redemptions_of
from api.saasquatch.objects.rewards import show_balances, show_reward
from api.saasquatch.views.users import NOT_BLANK, needed
from api.saasquatch.words import CREDIT, REWARD_TYPES, currency_of, unit_of
from credits.models import Reward
from credits.services.by_hand import give_reward
from credits.services.cancelling import cancel_reward
from credits.services.redemption import Redemption, redeem, redeem_reward
from referrals.models import Person
from referrals.services.memberships import home_program_of
from referrals.services.standing import people_of_account
from tenants.models import Tenant

MOST = 1000
OF_ACCOUNT = [
    OpenApiParameter("accountId", OpenApiTypes.STR, required=True, pattern=NOT_BLANK),
    OpenApiParameter("userId", OpenApiTypes.STR),
    OpenApiParameter("rewardTypeFilter", OpenApiTypes.STR, enum=REWARD_TYPES),
]
IDEMPOTENCY = "Idempotency-Key"
KEY_HEADER = OpenApiParameter(
    IDEMPOTENCY, OpenApiTypes.STR, OpenApiParameter.HEADER, description="The same key again redeems nothing more."
)


class RewardsView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(
        operation_id="listRewards",
        parameters=OF_ACCOUNT,
        responses=schemas.answers(success=200, body=schemas.REWARDS),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/reward?accountId=`: a bare list, the newest first, a thousand at most."""
        rewards = rewards_asked_for(request, self.tenant).order_by("-id")[:MOST]
        rows = list(rewards.select_related("person", "program", "referral", "rule"))
        redemptions = redemptions_of(rows)
        return Response([show_reward(reward, redemptions) for reward in rows])


class RewardView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(operation_id="getReward", responses=schemas.answers(success=200, body=schemas.REWARD))
    def get(self, request: Request, tenant_alias: str, reward_id: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/reward/{id}`"""
        return answer_reward(find_reward(self.tenant, reward_id))


class CancelView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(
        operation_id="cancelReward", request=None, responses=schemas.answers(success=200, body=schemas.REWARD)
    )
    def post(self, request: Request, tenant_alias: str, reward_id: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/reward/{id}/cancel`: 400 for one that is spent."""
        cancel_reward(find_reward(self.tenant, reward_id), actor=self.actor, at=timezone.now())
        return answer_reward(find_reward(self.tenant, reward_id))


class NewRewardView(SaasquatchView):
    permission_classes = [key("admin")]

    @extend_schema(
        operation_id="createReward", request=NewRewardBody, responses=schemas.answers(success=201, body=schemas.REWARD)
    )
    def post(self, request: Request, tenant_alias: str, account_id: str, user_id: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/rewards/account/{accountId}/user/{userId}`: credit given by hand, in the program that
        the user is a member of, or else in the tenant's first.
        """
        body = NewRewardBody(data=request.data)
        body.is_valid(raise_exception=True)
        told, person = body.validated_data, self.person(account_id, user_id)
        program = home_program_of(person)
        if program is None:
            raise NotSupported("There is no program in which to give rewards.")
        terms = {"amount": told["assignedCredit"], "currency": told["unit"], "actor": self.actor}
        reward = give_reward(person, program, **terms, at=timezone.now(), description=told.get("name") or "")
        return answer_reward(find_reward(self.tenant, show_id(reward.uid)), status=201)


class BalanceView(SaasquatchView):
    permission_classes = [key("read")]

    @extend_schema(
        operation_id="listRewardBalances",
        parameters=OF_ACCOUNT,
        responses=schemas.answers(success=200, body=schemas.BALANCES),
    )
    def get(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`GET /{tenant_alias}/reward/balance?accountId=`: a balance for each unit, of all or one user."""
        return Response(show_balances(rewards_asked_for(request, self.tenant)))


class RedeemView(SaasquatchView):
    permission_classes = [key("write")]

    @extend_schema(
        operation_id="redeemReward",
        parameters=[KEY_HEADER],
        request=RedeemBody,
        responses=schemas.answers(success=200, body=schemas.DEBIT, may_fall_short=True),
    )
    def post(self, request: Request, tenant_alias: str, reward_id: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/credit/{id}/redeem`: spend of one reward."""
        body = RedeemBody(data=request.data)
        body.is_valid(raise_exception=True)
        reward = find_reward(self.tenant, reward_id)
        currency = currency_of(body.validated_data["unit"])
        if currency != reward.currency:
            raise serializers.ValidationError({"unit": f"This reward is in {unit_of(reward.currency)}."})
        done = redeem_reward(
            reward,
            amount=body.validated_data["amount"],
            key=request.headers.get(IDEMPOTENCY, ""),
            actor=self.actor,
            at=timezone.now(),
        )
        return answer_debit(done)


class BulkRedeemView(SaasquatchView):
    permission_classes = [key("write")]

    @extend_schema(
        operation_id="bulkRedeem",
        parameters=[KEY_HEADER],
        request=BulkRedeemBody,
        responses=schemas.answers(success=200, body=schemas.DEBIT, may_fall_short=True),
    )
    def post(self, request: Request, tenant_alias: str) -> Response:  # noqa: ARG002
        """`POST /{tenant_alias}/credit/bulkredeem`: spend of what an account has, the oldest rewards first."""
        body = BulkRedeemBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        done = redeem(
            people_named(self.tenant, told["accountId"]),
            amount=told["amount"],
            currency=currency_of(told["unit"]),
            key=request.headers.get(IDEMPOTENCY, ""),
            actor=self.actor,
            at=timezone.now(),
        )
        return answer_debit(done)


def rewards_asked_for(request: Request, tenant: Tenant) -> QuerySet[Reward]:
    """Of an account, one of its users, and a type. All of ours are credit."""
    kind = request.query_params.get("rewardTypeFilter") or CREDIT
    if kind not in REWARD_TYPES:
        raise serializers.ValidationError({"rewardTypeFilter": f"A type is one of {', '.join(REWARD_TYPES)}."})
    people = people_named(tenant, needed(request, "accountId"), user_id=request.query_params.get("userId") or "")
    rewards = Reward.objects.for_tenant(tenant).filter(person__in=people)
    return rewards if kind == CREDIT else rewards.none()


def people_named(tenant: Tenant, account_id: str, *, user_id: str = "") -> list[Person]:
    people = people_of_account(tenant, account_id)
    if not people:
        raise NotThere("account")
    found = [person for person in people if not user_id or person.external_id == user_id]
    if not found:
        raise NotThere("user")
    return found


def find_reward(tenant: Tenant, text: str) -> Reward:
    uids = read_id(text)
    rewards = Reward.objects.for_tenant(tenant).select_related("person", "program", "referral", "rule")
    reward: Any = rewards.filter(uid__range=uids).first() if uids else None
    if reward is None:
        raise NotThere("reward")
    return reward  # type: ignore[no-any-return]


def answer_reward(reward: Reward, *, status: int = 200) -> Response:
    return Response(show_reward(reward, redemptions_of([reward])), status=status)


def answer_debit(done: Redemption) -> Response:
    debit = {"creditRedeemed": done.amount, "creditAvailable": done.available, "unit": unit_of(done.currency)}
    return Response(debit)
