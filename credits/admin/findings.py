"""What the risk rules found about a case, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime

from credits.models import Review
from credits.services.rewards import MANUAL
from referrals.admin.evidence import pretty_json
from referrals.admin.wording import risk_name
from referrals.services.risk import all_rules

Evidence = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One rule that fired or failed. A score that is not `counted` found nothing to corroborate."""

    code: str
    name: str
    meaning: str
    detail: str
    score: int
    counted: bool
    errored: bool
    evidence: Evidence

    @property
    def evidence_shown(self) -> str:
        return pretty_json(self.evidence)


def list_findings(review: Review) -> list[Finding]:
    meanings = {rule.code: rule.description for rule in all_rules()}
    found = [_finding(result, meanings) for result in _results(review) if result["outcome"] in ("fired", "errored")]
    if MANUAL in review.reasons:
        meaning = "The program asks for a person's approval before one of the sides is granted anything."
        found.append(Finding(MANUAL, risk_name(MANUAL), meaning, "", 0, counted=True, errored=False, evidence={}))
    return sorted(found, key=lambda finding: -finding.score)


def passed_rules(review: Review) -> list[str]:
    return [risk_name(result["code"]) for result in _results(review) if result["outcome"] == "passed"]


def _results(review: Review) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = review.evidence.get("assessment", {}).get("rules", [])
    return rules


def _finding(result: dict[str, Any], meanings: dict[str, str]) -> Finding:
    code, evidence = result["code"], result.get("evidence") or {}
    errored = result["outcome"] == "errored"
    return Finding(
        code=code,
        name=risk_name(code),
        meaning="The rule could not be computed, so a person looks." if errored else meanings.get(code, ""),
        detail="" if errored else describe(code, evidence),
        score=result.get("score", 0),
        counted=result.get("counted", True),
        errored=errored,
        evidence=evidence,
    )


def describe(code: str, evidence: Evidence) -> str:
    """The facts of one rule's evidence as a sentence. Evidence of a rule we do not know is shown as it is, below."""
    try:
        return SENTENCES[code](evidence) if code in SENTENCES else ""
    except (KeyError, TypeError, ValueError):  # evidence of another version of the rule
        return ""


def _network(evidence: Evidence) -> str:
    people = evidence["people_on_network"]
    seen = "more than 20 people" if people > 20 else f"{people} people"  # noqa: PLR2004  # counted no further
    return f"{seen} of this tenant were seen on {evidence.get('network') or 'it'}"


def _domains(evidence: Evidence) -> str:
    names = {"referrer": "the referrer", "referred": "the referred person"}
    return "; ".join(f"{names[side]} at {domain}" for side, domain in evidence["domains"].items())


def _existing(evidence: Evidence) -> str:
    paid, came = (parse_datetime(evidence[name]) for name in ("first_paid_at", "attributed_at"))
    return f"first paid on {paid:%d %b %Y}, referred on {came:%d %b %Y}"


SENTENCES: dict[str, Callable[[Evidence], str]] = {
    "same_stripe_customer": lambda found: f"customer {found['value']}",
    "same_card_fingerprint": lambda found: f"card fingerprint {found['value']}",
    "similar_name": lambda found: f"{found['similarity']:.0%} alike",
    "shared_ip": _network,
    "disposable_domain": _domains,
    "existing_customer": _existing,
    "referrer_velocity": lambda found: (
        f"{found['referrals']} referrals within {found['hours']} hours; more than {found['limit']} is unusual"
    ),
    "referrer_refund_rate": lambda found: (
        f"{found['reversed']} of {found['actions']} payments of the last {found['days']} days went back"
    ),
}
