"""Putting an explanation together, for one audience."""

from datetime import datetime
from typing import Any

from credits.models import Reward
from credits.services.explaining.attribution import tell_attribution
from credits.services.explaining.audience import Audience, Json, instant
from credits.services.explaining.checks import tell_checks, tell_risk
from credits.services.explaining.decisions import tell_decisions
from credits.services.explaining.dossier import Dossier, read_referral, read_reward
from credits.services.explaining.earnings import tell_earning, tell_earnings
from credits.services.explaining.entries import tell_ledger
from credits.services.explaining.maturation import tell_maturation
from credits.services.explaining.qualification import tell_qualification
from credits.services.explaining.summary import sum_up_referral, sum_up_reward
from referrals.models import Referral, Side


def explain_referral(referral: Referral, *, audience: Audience, at: datetime, side: str = Side.REFERRER) -> Json:
    """Why a referral stands as it does, as plain data: `summary`, `attribution`, `qualification`, `risk`, `decisions`,
    `earnings`, `maturation` and `ledger`. At most eight queries, whatever happened to it.

    A member is told as one of its two people, `side`, and has `checks` in place of `risk`: whether somebody is looking.
    Instants are RFC 3339 in UTC, amounts minor units beside their currency.
    """
    audience = Audience(audience)
    dossier = read_referral(referral.pk, at=at)
    rewards = _of_audience(dossier, audience, side)
    return {
        "referral": str(dossier.referral.uid),
        "explained_at": instant(at),
        "summary": sum_up_referral(dossier, audience, side, rewards),
        **_about(dossier, audience, side),
        "earnings": tell_earnings(dossier, audience, rewards),
        "maturation": tell_maturation(dossier, audience, rewards),
        "ledger": tell_ledger(dossier, audience, rewards),
    }


def explain_reward(reward: Reward, *, audience: Audience, at: datetime) -> Json:
    """Why one reward stands as it does: the same sections, and of rewards that one alone. A member is told as the
    reward's own person. Of one that was given by hand for no referral, what is about a referral is null.
    """
    audience = Audience(audience)
    dossier = read_reward(reward, at=at)
    row = next(each for each in dossier.rewards if each.pk == reward.pk)
    told = tell_earning if dossier.referral else lambda *about: tell_earnings(about[0], about[1], [about[2]])
    return {
        "reward": str(row.uid),
        "referral": str(dossier.referral.uid) if dossier.referral and _may_know(dossier, audience, row) else None,
        "explained_at": instant(at),
        "summary": sum_up_reward(dossier, audience, row),
        **_about_reward(dossier, audience, row),
        "earnings": told(dossier, audience, row),
        "maturation": tell_maturation(dossier, audience, [row]),
        "ledger": tell_ledger(dossier, audience, [row]),
    }


def _about(dossier: Dossier, audience: Audience, side: str) -> Json:
    checks = {"checks": tell_checks(dossier)} if audience == Audience.MEMBER else {"risk": tell_risk(dossier, audience)}
    return {
        "attribution": tell_attribution(dossier, audience, side),
        "qualification": tell_qualification(dossier, audience, side),
        **checks,
        "decisions": tell_decisions(dossier, audience, side),
    }


def _about_reward(dossier: Dossier, audience: Audience, reward: Any) -> Json:
    """What is about its referral, unless its person has no part in that: by hand anybody may be given a reward."""
    if _may_know(dossier, audience, reward):
        return _about(dossier, audience, reward.side)
    return {"attribution": None, "qualification": None, "checks": None, "decisions": {}}


def _may_know(dossier: Dossier, audience: Audience, reward: Any) -> bool:
    if audience != Audience.MEMBER or dossier.referral is None:
        return True
    return bool(_person_of(dossier, reward.side) == reward.person_id)


def _of_audience(dossier: Dossier, audience: Audience, side: str) -> list[Any]:
    """All rewards of a referral; of a member their own."""
    if audience != Audience.MEMBER:
        return dossier.rewards
    return [reward for reward in dossier.rewards if reward.person_id == _person_of(dossier, side)]


def _person_of(dossier: Dossier, side: str) -> int:
    referral = dossier.referral
    person: int = referral.referrer.person_id if side == Side.REFERRER else referral.referred_id
    return person
