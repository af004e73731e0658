"""What the risk rules said: each passed, failed, could not be computed, is switched off, or waits to be asked."""

from collections.abc import Iterable

from credits.models import Review
from credits.services.explaining.audience import NOT_RECORDED, Audience, Json, instant, pick
from credits.services.explaining.dossier import Dossier
from referrals.models import Decision
from referrals.services.risk import Rule, all_rules

STATES = {"passed": "passed", "fired": "failed", "errored": "errored", "disabled": "off"}
WAITING, OFF = "waiting", "off"
# What may be told of what a rule saw: counts, dates and limits, and no mark by which a person is known.
SAFE = (
    "referrals", "limit", "hours", "first_paid_at", "attributed_at", "actions", "reversed", "percent", "days", "least",
    "limit_percent", "comparable", "similarity", "addresses", "domains", "shared", "people_on_network", "error",
)  # fmt: skip


def tell_risk(dossier: Dossier, audience: Audience) -> Json | None:
    """Every rule with its state, score and version; their sum and the threshold. For staff: members have `checks`."""
    if dossier.referral is None:
        return None
    decisions = dossier.decided(Decision.Kind.RISK)
    last = decisions[-1] if decisions else None
    return {
        "state": last.outcome if last else WAITING,
        "assessed_at": instant(last.decided_at) if last else None,
        "level": last.data.get("level") if last else dossier.referral.program.risk_level,
        "score": last.data["score"] if last else None,
        "threshold": last.data["score_for_review"] if last else dossier.referral.program.score_for_review,
        "says": _sum_up(last),
        "rules": [*_rules(last, audience), *_not_asked(dossier, last)],
        "earlier": [_earlier(decision, audience) for decision in decisions[:-1]],
    }


def tell_checks(dossier: Dossier) -> Json | None:
    """What a member is told instead: whether somebody is looking."""
    if dossier.referral is None:
        return None
    if dossier.open_review or dossier.referral.status == "review_required":
        return {"state": "being checked", "says": "It is being checked. There is nothing for you to do."}
    return {"state": "done" if dossier.referral.qualified_at else "not yet", "says": ""}


def failed_codes(dossier: Dossier) -> list[str]:
    """The rules that failed or could not be computed when last asked."""
    decisions = dossier.decided(Decision.Kind.RISK)
    rules: Iterable[Json] = decisions[-1].data["rules"] if decisions else []
    return [rule["code"] for rule in rules if rule["outcome"] in ("fired", "errored")]


def tell_review(review: Review, audience: Audience) -> Json:
    """One case, open or decided, with the evidence as it was frozen."""
    told = {
        "review": str(review.uid),
        "status": review.status,
        "reasons": review.reasons,
        "score": review.score,
        "amount_at_risk": review.amount_at_risk,
        "currency": review.currency,
        "opened_at": instant(review.opened_at),
        "deadline": instant(review.deadline),
        "claimed_by": review.claimed_by.get_username() if review.claimed_by else None,
        "decided_at": instant(review.decided_at),
        "decided_by": review.decided_by,
        "decision_reason": review.decision_reason,
    }
    matches = [match["how"] for match in review.evidence.get("matches", [])]
    return told | {"evidence": review.evidence if audience == Audience.AUDITOR else {"matches": matches}}


def _rules(decision: Decision | None, audience: Audience) -> list[Json]:
    descriptions = {rule.code: rule.description for rule in all_rules()}
    results = decision.data["rules"] if decision else []
    return [_rule(result, descriptions.get(result["code"], ""), audience) for result in results]


def _rule(result: Json, description: str, audience: Audience) -> Json:
    told = {
        "code": result["code"],
        "description": description,
        "version": result["version"],
        "state": STATES[result["outcome"]],
        "score": result["score"],
        "counted": result["counted"],
    }
    inputs, evidence = result.get("inputs"), result["evidence"]
    if audience == Audience.AUDITOR:
        weight = pick(result, ("always", "corroborating"))
        return told | weight | {"inputs": NOT_RECORDED if inputs is None else inputs, "evidence": evidence}
    seen = NOT_RECORDED if inputs is None else pick(inputs, SAFE)
    return told | {"inputs": seen, "evidence": pick(evidence, SAFE)}


def _not_asked(dossier: Dossier, last: Decision | None) -> list[Json]:
    asked = {result["code"] for result in last.data["rules"]} if last else set()
    return [_waiting(rule, dossier) for rule in all_rules() if rule.code not in asked]


def _waiting(rule: Rule, dossier: Dossier) -> Json:
    is_off = rule.code in dossier.referral.program.disabled_rules and not rule.always
    state = OFF if is_off else WAITING
    about = {"code": rule.code, "description": rule.description, "version": rule.version, "state": state}
    return about | {"score": 0, "counted": False, "inputs": {}, "evidence": {}}


def _earlier(decision: Decision, audience: Audience) -> Json:
    told = {"assessed_at": instant(decision.decided_at), "outcome": decision.outcome}
    told |= {"score": decision.data["score"], "threshold": decision.data["score_for_review"]}
    return told | {"rules": _rules(decision, audience)}


def _sum_up(decision: Decision | None) -> str:
    if decision is None:
        return "No rule was asked yet: that is done at each payment."
    data = decision.data
    counted = [f"{rule['score']} for {rule['code']}" for rule in data["rules"] if rule["counted"]]
    total = f"{' + '.join(counted) or 'nothing counted'}: {data['score']} of {data['score_for_review']}"
    alone = [
        rule["code"]
        for rule in data["rules"]
        if rule["outcome"] == "errored" or (rule["outcome"] == "fired" and rule.get("always"))
    ]
    return f"{total}; held by {', '.join(alone)} whatever the sum" if alone else f"{total}; {decision.outcome}"
