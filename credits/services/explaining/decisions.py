"""Who decided what, when and why."""

from credits.services.explaining.audience import Audience, Json, instant
from credits.services.explaining.checks import tell_review
from credits.services.explaining.dossier import Dossier
from referrals.models import Decision, Moderation, Side
from referrals.services.decisions import SYSTEM

FAILED = "failed"
MEMBER_SAYS = {Moderation.APPROVED: "approved", Moderation.DENIED: "not approved", Moderation.PENDING: "being checked"}


def tell_decisions(dossier: Dossier, audience: Audience, side: str) -> Json:
    """The decisions in order, and the cases that people decided. A member is told where their own side stands."""
    if audience == Audience.MEMBER:
        return _for_member(dossier, side)
    tell = _stored if audience == Audience.AUDITOR else _shown
    return {
        "sides": _sides(dossier),
        "decisions": [tell(decision) for decision in dossier.decisions],
        "reviews": [tell_review(review, audience) for review in dossier.reviews],
    }


def plain_reason(outcome: str, reason: str) -> str:
    """Of what went wrong on our side the kind alone: its text may hold anything."""
    return reason.partition(":")[0] if outcome == FAILED else reason


def _for_member(dossier: Dossier, side: str) -> Json:
    if dossier.referral is None:
        return {}
    return {"your_side": MEMBER_SAYS[Moderation(dossier.referral.moderation(side))]}


def _sides(dossier: Dossier) -> Json:
    referral = dossier.referral
    return {str(side): referral.moderation(side) for side in Side} if referral else {}


def _shown(decision: Decision) -> Json:
    return {
        "kind": decision.kind,
        "outcome": decision.outcome,
        "reason": plain_reason(decision.outcome, decision.reason),
        "by": decision.actor,
        "automatic": decision.actor == SYSTEM,
        "at": instant(decision.decided_at),
        "side": decision.data.get("side"),
    }


def _stored(decision: Decision) -> Json:
    about = {"reason": decision.reason, "recorded_at": instant(decision.recorded_at), "data": decision.data}
    return {"id": decision.pk, **_shown(decision), **about}
