"""What the risk rules found about a case, in plain words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.dateparse import parse_datetime

from credits.models import Review
from credits.services.rewards import MANUAL
from referrals.admin.evidence import pretty_json
from referrals.admin.wording import risk_name
from referrals.models import Signal
from referrals.services.risk import all_rules

Evidence = dict[str, Any]


ERRORED = "errored"
UNCOMPUTED = "The rule could not be computed, so a person looks."
ASKED = "The program asks for a person's approval before one of the sides is granted anything."


@dataclass(frozen=True)
class Finding:
    """One rule that fired or failed. A score that is not `counted` found nothing to corroborate, and what is `new` was
    found by a later payment, after the case was opened.
    """

    code: str
    outcome: str = "fired"
    score: int = 0
    counted: bool = True
    new: bool = False
    evidence: Evidence = field(default_factory=dict)

    @property
    def name(self) -> str:
        return risk_name(self.code)

    @property
    def errored(self) -> bool:
        return self.outcome == ERRORED

    @property
    def meaning(self) -> str:
        """What the rule itself says it finds."""
        meanings = {rule.code: rule.description for rule in all_rules()} | {MANUAL: ASKED}
        return UNCOMPUTED if self.errored else meanings.get(self.code, "")

    @property
    def detail(self) -> str:
        return "" if self.errored else describe(self.code, self.evidence)

    @property
    def evidence_shown(self) -> str:
        return pretty_json(self.evidence)


def list_findings(review: Review) -> list[Finding]:
    """What held the case, as it was when it was opened; while it is open, also what later payments brought up."""
    found = [_from_result(result) for result in _results(review) if result["outcome"] in ("fired", ERRORED)]
    known = {finding.code for finding in found}
    found += [Finding(code) for code in review.reasons if code not in known]
    known |= set(review.reasons)
    if review.status == Review.Status.OPEN:
        signals = review.referral.signals.order_by("id")
        found += [_from_signal(signal) for signal in signals if signal.code not in known]
    return sorted(found, key=lambda finding: -finding.score)


def passed_rules(review: Review) -> list[str]:
    return [risk_name(result["code"]) for result in _results(review) if result["outcome"] == "passed"]


def _results(review: Review) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = review.evidence.get("assessment", {}).get("rules", [])
    return rules


def _from_result(result: dict[str, Any]) -> Finding:
    shown = {name: result[name] for name in ("code", "outcome", "score", "counted", "evidence") if result.get(name)}
    return Finding(**{"counted": False} | shown)


def _from_signal(signal: Signal) -> Finding:
    return Finding(signal.code, signal.outcome, signal.score, new=True, evidence=signal.evidence)


def describe(code: str, evidence: Evidence) -> str:
    """The facts of one rule's evidence as a sentence. Evidence of a rule we do not know is shown as it is, below."""
    try:
        return SENTENCES[code](evidence) if code in SENTENCES else ""
    except (AttributeError, KeyError, TypeError, ValueError):  # evidence of another version of the rule
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
