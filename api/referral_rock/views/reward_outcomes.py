"""Rewards, issued and removed (contracts/referral-rock.md, 4.24 to 4.26)."""

from datetime import datetime
from functools import partial

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.referral_rock import reward_schemas, schemas
from api.referral_rock.base import BulkView, RockView
from api.referral_rock.bodies import read_body, read_query
from api.referral_rock.bulk import failed, read_items, result_info, try_item
from api.referral_rock.errors import REFUSALS, Failure, NotThere, explain
from api.referral_rock.reward_bodies import (
    IssueReward,
    OverrideQuery,
    find_reward,
    method_of,
    read_reward_ids,
    reward_of,
)
from api.referral_rock.views.rewards import show_rewards
from api.referral_rock.words import REMOVED, SENT
from credits.models import Reward
from credits.services.cancelling import cancel_reward
from payouts.models import Payout
from payouts.services.issuing import issue_rewards

GONE = (Reward.Status.PROCESSING, Reward.Status.ISSUED)


class IssueRewardView(RockView):
    @extend_schema(
        operation_id="issueReward",
        parameters=[OverrideQuery],
        request=IssueReward,
        responses=schemas.answers(200, reward_schemas.ISSUE_RESULT),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/rewards/issue?overrideIneligible=`: a 200 whose resultInfo tells whether it was."""
        early = bool(read_query(OverrideQuery, request).get("overrideIneligible"))
        told = read_body(IssueReward, request.data)
        reward = reward_of(self.tenant, told["rewardId"])
        if reward is None:
            raise NotThere("reward")
        try:
            payout = self.issue(reward, note=told.get("note") or "", early=early, at=timezone.now())
            result = result_info(REMOVED, SENT[payout.status])
        except REFUSALS as error:
            result = failed(explain(error))
        return Response({"reward": show_rewards(self.tenant, [reward.pk])[0], "resultInfo": result})

    def issue(self, reward: Reward, *, note: str, early: bool, at: datetime) -> Payout:
        if reward.status in GONE:
            raise Failure("The reward is issued already, or about to be.")
        is_eligible = reward.matures_at <= at
        if not (early or is_eligible):
            raise Failure("The reward is not eligible before its eligibilityDate.")
        method = method_of(reward)
        if method is None:
            raise Failure("The program has no payout for this currency.")
        return issue_rewards([reward], method, actor=self.actor, at=at, reference=note, early=True)


class RemoveRewardsView(BulkView):
    @extend_schema(
        operation_id="removeRewards",
        request=reward_schemas.REWARD_IDS,
        responses=schemas.answers(200, reward_schemas.REWARD_REMOVAL_RESULTS),
    )
    def post(self, request: Request) -> Response:
        """`POST /api/rewards/remove`: each item is done or not by itself."""
        return self.remove_all(request)

    @extend_schema(
        operation_id="deleteRewards",
        request=reward_schemas.REWARD_IDS,
        responses=schemas.answers(200, reward_schemas.REWARD_REMOVAL_RESULTS),
    )
    def delete(self, request: Request) -> Response:
        """`DELETE /api/rewards/remove`: the same, with a body."""
        return self.remove_all(request)

    def remove_all(self, request: Request) -> Response:
        ids, at = read_reward_ids(read_items(request.data, name="rewardIds")), timezone.now()
        done = [try_item(partial(self.remove, text, at=at)) for text in ids]
        return Response(
            [
                {"rewardId": text, "resultInfo": failed(why) if why else result_info(REMOVED, None)}
                for text, (_, why) in zip(ids, done, strict=True)
            ]
        )

    def remove(self, text: str, *, at: datetime) -> Reward:
        return cancel_reward(find_reward(self.tenant, text), actor=self.actor, at=at, reason="removed")
