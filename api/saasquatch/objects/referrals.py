"""The Referral object (contracts/saasquatch.md, section 1): every field, with null for what there is not."""

from typing import Any

from django.db.models import QuerySet

from api.saasquatch.formats import show_id, show_time, show_time_or_none
from api.saasquatch.gather import AboutReferrals, about_referrals
from api.saasquatch.objects.links import show_link
from api.saasquatch.objects.rewards import show_reward
from api.saasquatch.objects.users import show_user_or_none
from api.saasquatch.paging import in_order
from api.saasquatch.words import ACTIONED, PENDING, SIGNALS
from referrals.models import Referral, Side, Signal
from referrals.services.risk.registry import all_rules
from tenants.models import Tenant

RELATED = ("referrer__person", "referred", "code", "program")


def show_referrals(
    rows: QuerySet[Referral], ids: list[int], *, tenant: Tenant, base_url: str, readers: set[int] | None = None
) -> list[dict[str, Any]]:
    """The referrals of these primary keys, in their order, in a fixed number of queries."""
    referrals: list[Referral] = in_order(rows.select_related(*RELATED), ids)
    about = about_referrals(referrals, tenant=tenant, base_url=base_url, readers=readers)
    return [show_referral(referral, about) for referral in referrals]


def show_referral(referral: Referral, about: AboutReferrals) -> dict[str, Any]:
    return {
        **show_state(referral, about),
        "referrerUser": show_user_or_none(referral.referrer.person, about.people),
        "referredUser": show_user_or_none(referral.referred, about.people),
        "referredReward": _show_reward(referral, Side.REFERRED, about),
        "referrerReward": _show_reward(referral, Side.REFERRER, about),
    }


def show_state(referral: Referral, about: AboutReferrals) -> dict[str, Any]:
    """All but the two users and the two rewards.

    Automatic moderation runs at the start, so the date of moderation is the start's until a person moderates.
    """
    clicked = referral.attribution_id in about.clicks
    is_for_users = about.people.readers is not None  # nobody is told what gave them away
    return {
        "id": show_id(referral.uid),
        "referralCodeUsed": referral.code.code,
        "shareLinkUsed": show_link(about.people, referral.code.code) if clicked else None,
        "moderationStatus": PENDING if referral.sides_pending else ACTIONED,
        "referredModerationStatus": referral.referred_moderation,
        "referrerModerationStatus": referral.referrer_moderation,
        "fraudSignals": None if is_for_users else _show_signals(about.signals.get(referral.pk, [])),
        "dateReferralStarted": show_time(referral.attributed_at),
        "dateReferralPaid": show_time_or_none(referral.qualified_at),
        "dateReferralEnded": show_time_or_none(referral.ended_at),
        "dateModerated": show_time(referral.moderated_at or referral.attributed_at),
        "dateConverted": show_time_or_none(referral.qualified_at),
        "dateModified": show_time(referral.updated_at),
        "dateUserModified": show_time_or_none(referral.referred.modified_at),
        "programId": str(referral.program.uid),
    }


def _show_reward(referral: Referral, side: str, about: AboutReferrals) -> dict[str, Any] | None:
    reward = about.rewards.get((referral.pk, side))
    return show_reward(reward, about.redemptions) if reward else None


def _show_signals(signals: list[Signal]) -> dict[str, Any] | None:
    """Under each key the strongest signal; null for none."""
    descriptions = {rule.code: rule.description for rule in all_rules()}
    found: dict[str, Any] = {}
    for signal in sorted(signals, key=lambda each: each.score):
        if signal.code in SIGNALS:
            message = descriptions.get(signal.code, signal.code)
            found[SIGNALS[signal.code]] = {"message": message, "score": signal.score}
    return found or None
