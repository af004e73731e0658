"""When a referral began to count, and by what; or what is missing."""

from credits.models.money import display
from credits.services.explaining.audience import NOT_RECORDED, Audience, Json, choose, day, instant
from credits.services.explaining.dossier import Dossier
from referrals.models import Decision, Moderation, Referral, Side

S = Referral.Status


def tell_qualification(dossier: Dossier, audience: Audience, side: str) -> Json | None:
    """The state (`qualified`, `waiting`, `expired`, `ended`), since when and by what; or what is missing."""
    if dossier.referral is None:
        return None
    told: Json = choose(audience, VIEWS, dossier, side)
    return told


def state_of(dossier: Dossier) -> str:
    referral = dossier.referral
    if referral.qualified_at is not None:
        return "qualified"
    if referral.status == S.EXPIRED:
        return "expired"
    return "ended" if referral.status == S.REJECTED or referral.removed_at else "waiting"


def _for_auditor(dossier: Dossier, side: str) -> Json:
    decisions = [*dossier.decided(Decision.Kind.QUALIFICATION), *dossier.decided(Decision.Kind.EXPIRY)]
    stored = [
        {"outcome": each.outcome, "actor": each.actor, "decided_at": instant(each.decided_at), "data": each.data}
        for each in sorted(decisions, key=lambda decision: decision.pk)
    ]
    return {**_for_support(dossier, side), "stored": stored}


def _for_support(dossier: Dossier, _side: str) -> Json:
    referral = dossier.referral
    return {
        "state": state_of(dossier),
        "at": instant(referral.qualified_at),
        "by": _by(dossier),
        "window_ends_at": instant(referral.expires_at),
        "missing": what_is_missing(dossier),
        "late_payments": [
            {"action": action.key, "occurred_at": instant(action.occurred_at)}
            for action in dossier.actions
            if referral.qualified_at is None
        ],
    }


def _for_member(dossier: Dossier, side: str) -> Json:
    referral, state = dossier.referral, state_of(dossier)
    payer = "you" if side == Side.REFERRED else "the person who was referred"
    says = {
        "qualified": "It counts.",
        "waiting": f"It counts once {payer} made a payment, until {day(referral.expires_at)}.",
        "expired": "It has ended: there was no payment in time.",
        "ended": "It has ended.",
    }
    return {"state": state, "at": instant(referral.qualified_at), "says": says[state]}


def what_is_missing(dossier: Dossier) -> str:
    """What the referral would have to have to count, or nothing."""
    referral, state = dossier.referral, state_of(dossier)
    if state == "waiting":
        return f"a payment before {day(referral.expires_at)}"
    if state == "expired":
        late = "; what was paid came too late" if dossier.actions else ""
        return f"a payment before {day(referral.expires_at)}{late}"
    denied = [side for side in Side if referral.moderation(side) == Moderation.DENIED]
    return f"a payment, and approval of the {' and the '.join(denied)}" if state == "ended" and denied else ""


def _by(dossier: Dossier) -> Json | None:
    """The payment that did it, or whoever said so."""
    if dossier.referral.qualified_at is None:
        return None
    outcomes = [each for each in dossier.decided(Decision.Kind.QUALIFICATION) if each.outcome == "qualified"]
    if not outcomes:
        return {"says": NOT_RECORDED}
    decision = outcomes[-1]
    key = decision.data.get("action")
    if key is None:
        return {"says": f"{decision.actor} said so", "actor": decision.actor}
    amount = display(decision.data["amount"], decision.data["currency"])
    return {"says": f"the payment {key} of {amount}", "action": key, "in_time": _in_time(decision.data)}


def _in_time(data: Json) -> str:
    if "expires_at" not in data:
        return NOT_RECORDED
    return "by its coupon, whatever the window" if data["by_coupon"] else f"before {data['expires_at']}"


VIEWS = {Audience.MEMBER: _for_member, Audience.SUPPORT: _for_support, Audience.AUDITOR: _for_auditor}
