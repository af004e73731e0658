"""Which touch brought the person in, and why the others did not."""

from credits.services.explaining.audience import NOT_RECORDED, Audience, Json, choose, instant, pick
from credits.services.explaining.dossier import Dossier
from referrals.models import Decision, Side

SHOWN = ("id", "code", "kind", "occurred_at", "expires_at")
COUNTED = "the program credits the"  # how a touch loses that would have counted


def tell_attribution(dossier: Dossier, audience: Audience, side: str) -> Json | None:
    """The touches considered, the one that won and why, those that lost and why, the policy and the window."""
    if dossier.referral is None:
        return None
    told: Json = choose(audience, VIEWS, dossier, side)
    return told


def _for_auditor(dossier: Dossier, _side: str) -> Json:
    data, decision = _stored(dossier), _decision(dossier)
    winner = data.get("winner") or {}
    return {
        **_for_support(dossier, _side),
        "winner": {**winner, "why": why_it_won(data), "row": dossier.referral.touch_row},
        "losers": data.get("losers", NOT_RECORDED),
        "decided_by": decision.actor if decision else NOT_RECORDED,
    }


def _for_support(dossier: Dossier, _side: str) -> Json:
    referral, data = dossier.referral, _stored(dossier)
    winner = data.get("winner") or {}
    return {
        "attributed_at": instant(referral.attributed_at),
        "code": referral.code.code,
        "policy": data.get("policy", NOT_RECORDED),
        "window_days": data.get("window_days", NOT_RECORDED),
        "winner": {**pick(winner, SHOWN), "why": why_it_won(data)},
        "losers": [{**pick(touch, SHOWN), "why": touch["why"]} for touch in data.get("losers", [])],
    }


def _for_member(dossier: Dossier, side: str) -> Json:
    """The referrer sees the code that was theirs, the referred person what they did themselves."""
    referral = dossier.referral
    winner = _stored(dossier).get("winner") or {}
    told = {"attributed_at": instant(referral.attributed_at)}
    if side == Side.REFERRER:
        return told | {"code": referral.code.code}
    return told | pick(winner, ("kind", "occurred_at"))


def why_it_won(data: Json) -> str:
    """Why the winner won, in words: it was the only one that counted, or the policy chose it of several."""
    if not data.get("winner"):
        return NOT_RECORDED
    counted = 1 + sum(touch["why"].startswith(COUNTED) for touch in data["losers"])
    policy = data.get("policy", "chosen")
    return f"it was the {policy} of {counted} touches that counted" if counted > 1 else "no other touch counted"


def _decision(dossier: Dossier) -> Decision | None:
    return next(iter(dossier.decided(Decision.Kind.ATTRIBUTION)), None)


def _stored(dossier: Dossier) -> Json:
    decision = _decision(dossier)
    return decision.data if decision else {}


VIEWS = {Audience.MEMBER: _for_member, Audience.SUPPORT: _for_support, Audience.AUDITOR: _for_auditor}
