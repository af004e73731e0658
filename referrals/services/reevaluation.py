"""What a stored decision would come to if it were made again from what is stored with it. Reads no other row."""

from datetime import datetime
from typing import Any, NamedTuple

from referrals.models import Decision
from referrals.services.risk.adding import Mark, add_up
from referrals.services.risk.registry import all_rules
from referrals.services.touches import Candidate, rank_candidates

Facts = dict[str, Any]
PUBLIC_ID = "attr_"


class Again(NamedTuple):
    """The outcome made again, with what it came of, beside the same of what was stored."""

    outcome: str
    facts: Facts
    stored: Facts


def choose_again(decision: Decision) -> Again | None:
    """Which touch wins among the stored candidates; None where a decision keeps no policy: the first ones did not."""
    data = decision.data
    if "policy" not in data:
        return None
    stored = [*([data["winner"]] if data["winner"] else []), *data["losers"]]
    candidates = sorted((_candidate(touch) for touch in stored), key=lambda candidate: candidate.touch)
    winner, lost = rank_candidates(candidates, policy=data["policy"], at=decision.decided_at)
    return Again(
        "attributed" if winner else "not_attributed",
        {"winner": _public_id(winner) if winner else None, "losers": {_public_id(each): why for each, why in lost}},
        {
            "winner": data["winner"]["id"] if data["winner"] else None,
            "losers": {touch["id"]: touch["why"] for touch in data["losers"]},
        },
    )


def qualify_again(decision: Decision) -> Again | None:
    """Whether the stored payment was in time; None where its instants are not stored."""
    data = decision.data
    if "expires_at" not in data:
        return None
    in_time = data["by_coupon"] or _instant(data["occurred_at"]) < _instant(data["expires_at"])
    return Again("qualified" if in_time and data["amount"] >= 0 else "late", {}, {})


def expire_again(decision: Decision) -> Again | None:
    """Whether the stored window had passed; None where it is not stored."""
    data = decision.data
    if "expires_at" not in data:
        return None
    instant = _instant(data["paid_at"]) if data["paid_at"] else decision.decided_at
    return Again("expired" if instant >= _instant(data["expires_at"]) else "attributed", {}, {})


def assess_again(decision: Decision) -> Again | None:
    """What the stored results of the rules add up to. What a rule is, is stored with it; of older decisions it is that
    of the rule of that code and version. None where there is no such rule any more.
    """
    data = decision.data
    marks = [_mark(rule) for rule in data["rules"]]
    known = [mark for mark in marks if mark]
    if len(known) < len(marks):
        return None
    total = add_up(known, score_for_review=data["score_for_review"])
    stored = [rule["counted"] for rule in data["rules"]]
    return Again(
        "held" if total.held else "passed",
        {"score": total.score, "held": total.held, "counted": total.counted},
        {"score": data["score"], "held": data["held"], "counted": stored},
    )


def _candidate(touch: Facts) -> Candidate:
    return Candidate(
        touch=int(touch["id"].removeprefix(PUBLIC_ID), 16),
        occurred_at=_instant(touch["occurred_at"]),
        expires_at=_instant(touch["expires_at"]),
        verdict=touch["verdict"],
        is_spent=touch["is_spent"],
        owner_may_refer=touch["owner_may_refer"],
        is_own=touch["is_own"],
    )


def _public_id(candidate: Candidate) -> str:
    return f"{PUBLIC_ID}{candidate.touch:x}"


def _mark(result: Facts) -> Mark | None:
    weight = _weight(result)
    return Mark(result["outcome"], result["score"], *weight) if weight else None


def _weight(result: Facts) -> tuple[bool, bool] | None:
    if "always" in result:
        return result["always"], result["corroborating"]
    rules = {(rule.code, rule.version): (rule.always, rule.corroborating) for rule in all_rules()}
    return rules.get((result["code"], result["version"]))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
