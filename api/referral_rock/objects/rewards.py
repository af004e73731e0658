"""The Reward object (contracts/referral-rock.md, section 3.5): every field, with "" or null for what there is not."""

from typing import Any

from django.db.models import QuerySet

from api.referral_rock.formats import show_amount, show_time, show_time_or_none
from api.referral_rock.gather.rewards import AboutRewards, about_rewards
from api.referral_rock.objects.payouts import reference_of
from api.referral_rock.objects.people import name_of
from api.referral_rock.paging import in_order
from api.referral_rock.words import ACTION, MANUAL, PAYOUT_TYPES, RECIPIENTS, REWARD_STATUSES, SOURCES
from credits.models import Reward
from payouts.models import Payout
from referrals.models import Member, Side

RELATED = ("person", "program", "referral__referrer", "referral__referred", "rule", "action")
REMOVED = "Removed"  # no status of theirs: a reverted reward is listed nowhere, and told of in hooks alone


def rewards_json(rows: QuerySet[Reward], ids: list[int]) -> list[dict[str, Any]]:
    """The rewards of these primary keys, in their order, in a fixed number of queries."""
    rewards: list[Reward] = in_order(rows.select_related(*RELATED), ids)
    about = about_rewards(rewards)
    return [reward_json(reward, about) for reward in rewards]


def reward_json(reward: Reward, about: AboutRewards) -> dict[str, Any]:
    """The reward comes with RELATED."""
    method, referral = about.method_of(reward), reward.referral
    member = member_of(reward, about)
    is_referrers = reward.side == Side.REFERRER
    recipient = member if is_referrers else referral
    return {
        "id": str(reward.uid),
        "payoutId": str(method.uid) if method else None,
        "payoutDescription": method.name if method else "",
        "programId": str(reward.program.uid),
        "programName": reward.program.name,
        "memberId": str(member.uid) if member else None,
        "referralId": str(referral.uid) if referral else None,
        "type": RECIPIENTS[reward.side],
        "recipientId": str(recipient.uid) if recipient else None,
        "recipientName": name_of(reward.person),
        "recipientEmailAddress": reward.person.email,
        "recipientExternalIdentifier": reward.person.external_id or "",
        "externalIdentifier": None,
        "status": REWARD_STATUSES.get(reward.status, REMOVED),
        "amount": show_amount(reward.amount - reward.reversed_amount, reward.currency),
        "createDate": show_time(reward.created_at),
        "issueDate": show_time_or_none(reward.issued_at),
        "eligibilityDate": show_time(reward.matures_at),
        "description": reward.description or (reward.rule.name if reward.rule else ""),
        "transactionID": None,
        "updateDate": show_time(reward.updated_at),
        "referralDisplayName": name_of(referral.referred) if referral else None,
        "currencyCode": reward.currency,
        "source": source_of(reward),
        "programRewardRuleId": str(reward.rule.lineage) if reward.rule else None,
        "paymentType": None,
        "paymentCode": None,
        "completeNote": "",
        "reason": None,
        "reasonOther": None,
        **_show_payment(reward, about),
    }


def member_of(reward: Reward, about: AboutRewards) -> Member | None:
    """The member it has to do with: who referred, or who was given it by hand."""
    if reward.referral:
        return reward.referral.referrer
    return about.members.get((reward.person_id, reward.program_id))


def source_of(reward: Reward) -> str:
    return SOURCES.get(reward.action.kind, ACTION) if reward.action else MANUAL


def _show_payment(reward: Reward, about: AboutRewards) -> dict[str, Any]:
    """Filled in once it is issued."""
    item = about.items.get(reward.pk)
    if item is None or reward.status != Reward.Status.ISSUED:
        return {}
    payout: Payout = item.payout
    return {
        "transactionID": str(payout.uid),
        "paymentType": PAYOUT_TYPES[payout.method.kind],
        "paymentCode": reference_of(payout) or payout.stripe_id or None,
        "completeNote": reference_of(payout),
    }
