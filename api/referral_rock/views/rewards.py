"""Rewards, listed, given and changed (contracts/referral-rock.md, 4.21 to 4.23)."""

from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import reward_schemas, schemas
from api.referral_rock.base import BulkView, SetView
from api.referral_rock.bodies import read_query
from api.referral_rock.bulk import failed, part_of, read_items, read_part, read_whole, result_info, try_item
from api.referral_rock.errors import Failure
from api.referral_rock.formats import read_amount
from api.referral_rock.objects.rewards import rewards_json
from api.referral_rock.paging import answer_set, ids_of, read_page
from api.referral_rock.queries import (
    MemberQuery,
    ReferralQuery,
    echo_query,
    find_member,
    find_referral,
    read_query_object,
)
from api.referral_rock.reward_bodies import NewReward, UpdateReward, changes_of, find_method, find_reward
from api.referral_rock.reward_lists import RewardsQuery, filter_rewards, sort_rewards
from api.referral_rock.words import REMOVED, UPDATED
from credits.models import Reward
from credits.services.by_hand import change_reward, give_reward
from referrals.models import Member, Referral, Side
from tenants.models import Tenant

NOBODY = "Give a memberQuery or a referralQuery."
OTHERS = "That referral is another member's."


class RewardsView(BulkView, SetView):
    collection = "rewards"

    def shape_failure(self, message: str) -> dict[str, Any]:
        return super().shape_failure(message) if self.request.method == "GET" else {"message": message}

    @extend_schema(
        operation_id="listRewards",
        parameters=[RewardsQuery],
        responses=schemas.answers(200, reward_schemas.REWARD_SET),
    )
    def get(self, request: Request) -> HttpResponse:
        """`GET /api/rewards`: a set, null where the program is unknown. What was taken back is in none."""
        told, page = read_query(RewardsQuery, request), read_page(request)
        rows = filter_rewards(self.tenant, told)
        ids = ids_of(sort_rewards(rows, told["sort"]), page)
        show = partial(show_rewards, self.tenant)
        return answer_set(self.collection, ids, show, total=rows.count(), page=page)

    @extend_schema(
        operation_id="addRewards",
        request=reward_schemas.REWARD_ADDITIONS,
        responses=schemas.answers(200, reward_schemas.REWARD_ADDITION_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/rewards`: each item is done or not by itself."""
        items, at = read_items(request.data), timezone.now()
        done = [try_item(partial(self.give, item, at=at)) for item in items]
        shown = shown_by_id(self.tenant, [reward for reward, _ in done if reward])
        return Response(
            [
                {
                    "memberQuery": echo(MemberQuery, item, "memberQuery"),
                    "referralQuery": echo(ReferralQuery, item, "referralQuery"),
                    "reward": shown.get(str(reward.uid)) if reward else None,
                    "resultInfo": result_info(REMOVED, None) if reward else failed(why),
                }
                for item, (reward, why) in zip(items, done, strict=True)
            ]
        )

    def give(self, item: Any, *, at: datetime) -> Reward:
        member, referral = self.find_recipients(item)
        told = read_part(NewReward, item, "newReward")
        method = find_method(self.tenant, told["payoutId"])
        program_id = member.program_id if member else referral.program_id if referral else None
        if method.program_id != program_id:
            raise Failure("newReward: payoutId: That payout is of another program.")
        return give_reward(
            member.person if member else referral.referred,  # type: ignore[union-attr]
            method.program,
            amount=read_amount(told["amount"], method.currency),
            currency=method.currency,
            actor=self.actor,
            at=at,
            side=Side.REFERRER if member else Side.REFERRED,
            referral=referral,
            matures_at=told.get("eligibilityDate"),
            description=told.get("description") or "",
            method_uid=method.uid,
        )

    def find_recipients(self, item: Any) -> tuple[Member | None, Referral | None]:
        """The member who is to have it, else the referral whose person is; both where it is a member's for one."""
        member = referral = None
        if part_of(item, "memberQuery") is not None:
            member = find_member(self.tenant, read_query_object(MemberQuery, part_of(item, "memberQuery")))
        if part_of(item, "referralQuery") is not None:
            referral = find_referral(self.tenant, read_query_object(ReferralQuery, part_of(item, "referralQuery")))
        if member is None and referral is None:
            raise Failure(NOBODY)
        if member and referral and referral.referrer_id != member.pk:
            raise Failure(OTHERS)
        return member, referral


class UpdateRewardsView(BulkView):
    @extend_schema(
        operation_id="updateRewards",
        request=reward_schemas.REWARD_UPDATES,
        responses=schemas.answers(200, reward_schemas.REWARD_UPDATE_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/rewards/update`: each item is done or not by itself; a reward is shown as it is after all."""
        items, at = read_items(request.data), timezone.now()
        done = [try_item(partial(self.update, item, at=at)) for item in items]
        shown = shown_by_id(self.tenant, [reward for reward, _ in done if reward])
        return Response(
            [
                {
                    "reward": shown.get(str(reward.uid)) if reward else None,
                    "resultInfo": result_info(UPDATED, None) if reward else failed(why),
                }
                for reward, why in done
            ]
        )

    def update(self, item: Any, *, at: datetime) -> Reward:
        told = read_whole(UpdateReward, item)
        reward = find_reward(self.tenant, told["rewardId"])
        changes = changes_of(reward, told, find_method(self.tenant, told["payoutId"]))
        return change_reward(reward, actor=self.actor, at=at, **changes)


def show_rewards(tenant: Tenant, ids: list[int]) -> list[dict[str, Any]]:
    """The tenant's rewards of some primary keys."""
    return rewards_json(Reward.objects.for_tenant(tenant), ids)


def shown_by_id(tenant: Tenant, rewards: list[Reward]) -> dict[str, dict[str, Any]]:
    ids = list(dict.fromkeys(reward.pk for reward in rewards))
    return {row["id"]: row for row in show_rewards(tenant, ids)}


def echo(shape: Any, item: Any, name: str) -> dict[str, Any] | None:
    """A query of an item as it was sent; null for none."""
    return None if part_of(item, name) is None else echo_query(shape, part_of(item, name))
