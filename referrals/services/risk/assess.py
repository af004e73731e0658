"""Running the rules on a referral, and adding up what they found."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import TextChoices

from referrals.models import Referral, Signal
from referrals.services.risk.case import Case, load_case
from referrals.services.risk.registry import Evidence, Rule, all_rules

MAX_SCORE = 100
log = structlog.get_logger(__name__)


class Outcome(TextChoices):
    PASSED = "passed"
    FIRED = "fired"
    ERRORED = "errored"  # it could not be computed, so a person looks
    DISABLED = "disabled"


REMEMBERED = frozenset({Outcome.FIRED, Outcome.ERRORED})  # as signals


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule said. Not `counted` is a score that found nothing to corroborate."""

    rule: Rule
    outcome: Outcome
    score: int = 0
    evidence: Evidence = field(default_factory=dict)
    counted: bool = False

    @property
    def code(self) -> str:
        return self.rule.code

    def as_data(self) -> dict[str, Any]:
        return {
            "code": self.code, "version": self.rule.version, "outcome": str(self.outcome),
            "score": self.score, "counted": self.counted, "evidence": self.evidence,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessment:
    """Every rule's result and what they add up to. `held` means that a person must look before anything is granted.

    `new_codes` are the rules with a signal this referral did not have before: a rule that failed and now fires is new.
    """

    results: list[Result]
    score: int
    held: bool
    new_codes: list[str]
    level: str
    score_for_review: int

    @property
    def fired(self) -> list[Result]:
        return [result for result in self.results if result.outcome == Outcome.FIRED]

    @property
    def errored(self) -> list[Result]:
        return [result for result in self.results if result.outcome == Outcome.ERRORED]

    def as_data(self) -> dict[str, Any]:
        """The whole assessment as JSON, for the Decision."""
        return {
            "score": self.score, "held": self.held, "level": self.level, "score_for_review": self.score_for_review,
            "new_codes": self.new_codes, "rules": [result.as_data() for result in self.results],
        }  # fmt: skip


@transaction.atomic
def assess(referral: Referral, *, at: datetime) -> Assessment:
    """Run every rule of the referral's program on it, and remember what fired or failed as signals.

    Held are referrals of which an `always` rule fired, a rule failed, or the score reaches the program's. Neither the
    referral nor a Decision is written: what follows is the caller's to decide.
    """
    case = load_case(referral, at=at)
    results = _count([run_rule(rule, case) for rule in all_rules()])
    score = min(MAX_SCORE, sum(result.score for result in results if result.counted))
    is_certain = any(_holds_alone(result) for result in results)
    return Assessment(
        results=results,
        score=score,
        held=is_certain or score >= case.program.score_for_review,
        new_codes=[result.code for result in results if _is_new_signal(case, result)],
        level=case.program.risk_level,
        score_for_review=case.program.score_for_review,
    )


def run_rule(rule: Rule, case: Case) -> Result:
    """Run one rule in a savepoint of its own, so that a query that fails does not take the transaction with it."""
    if rule.code in case.program.disabled_rules and not rule.always:
        return Result(rule, Outcome.DISABLED)
    try:
        with transaction.atomic():
            evidence = rule.check(case)
            if evidence is None:
                return Result(rule, Outcome.PASSED)
            return Result(rule, Outcome.FIRED, rule.score_of(evidence), json.loads(json.dumps(evidence)))
    except Exception as error:
        log.exception("risk_rule_errored", rule=rule.code, referral=str(case.referral.uid))
        return Result(rule, Outcome.ERRORED, evidence={"error": type(error).__name__})


def _count(results: list[Result]) -> list[Result]:
    """Mark which scores count: those of rules that fired, but of corroborating ones only beside one that is not."""
    fired = [result for result in results if result.outcome == Outcome.FIRED]
    is_corroborated = any(not result.rule.corroborating for result in fired)
    return [replace(result, counted=is_corroborated) if result in fired else result for result in results]


def _holds_alone(result: Result) -> bool:
    return result.outcome == Outcome.ERRORED or (result.outcome == Outcome.FIRED and result.rule.always)


def _is_new_signal(case: Case, result: Result) -> bool:
    """Remember a result that speaks against the referral; tell whether it is the first of its kind."""
    if result.outcome not in REMEMBERED:
        return False
    facts = {"score": result.score, "version": result.rule.version, "evidence": result.evidence}
    _, is_new = Signal.objects.get_or_create(
        referral=case.referral,
        code=result.code,
        outcome=result.outcome,
        defaults={"tenant": case.tenant, "created_at": case.at, **facts},
    )
    return is_new
