"""Running the rules on a referral, and adding up what they found."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from referrals.models import Referral, Signal
from referrals.services.risk.adding import Mark, Outcome, add_up
from referrals.services.risk.case import Case, load_case
from referrals.services.risk.registry import Evidence, Rule, all_rules

log = structlog.get_logger(__name__)


REMEMBERED = frozenset({Outcome.FIRED, Outcome.ERRORED})  # as signals


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule said, and what it had looked at. Not `counted` is a score that found nothing to corroborate."""

    rule: Rule
    outcome: Outcome
    score: int = 0
    evidence: Evidence = field(default_factory=dict)
    counted: bool = False
    inputs: Evidence = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.rule.code

    def as_data(self) -> dict[str, Any]:
        return {
            "code": self.code, "version": self.rule.version, "outcome": str(self.outcome),
            "score": self.score, "counted": self.counted, "evidence": self.evidence, "inputs": self.inputs,
            "always": self.rule.always, "corroborating": self.rule.corroborating,
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
    results = run_rules(case)
    total = add_up([mark_of(result) for result in results], score_for_review=case.program.score_for_review)
    results = [replace(result, counted=is_counted) for result, is_counted in zip(results, total.counted, strict=True)]
    return Assessment(
        results=results,
        score=total.score,
        held=total.held,
        new_codes=_remember(case, results),
        level=case.program.risk_level,
        score_for_review=case.program.score_for_review,
    )


def run_rules(case: Case) -> list[Result]:
    """Run all rules in one savepoint; should one of them raise, run each again in a savepoint of its own.

    A savepoint is two round trips, so that one for each rule would cost more than the rules themselves.
    """
    try:
        with transaction.atomic():
            return [_run_rule(rule, case) for rule in all_rules()]
    except Exception:  # noqa: BLE001 - the second run finds out which rule it was
        return [_try_rule(rule, case) for rule in all_rules()]


def _run_rule(rule: Rule, case: Case) -> Result:
    if rule.code in case.program.disabled_rules and not rule.always:
        return Result(rule, Outcome.DISABLED)
    case.inputs.clear()
    evidence = rule.check(case)
    inputs = json.loads(json.dumps(case.inputs))
    if evidence is None:
        return Result(rule, Outcome.PASSED, inputs=inputs)
    return Result(rule, Outcome.FIRED, rule.score_of(evidence), json.loads(json.dumps(evidence)), inputs=inputs)


def _try_rule(rule: Rule, case: Case) -> Result:
    """Run one rule so that neither its error nor a query that fails reaches the others. Whatever goes wrong means
    review, and only the name of the error is told: its text may hold personal data.
    """
    try:
        with transaction.atomic():
            return _run_rule(rule, case)
    except Exception as error:
        log.exception("risk_rule_errored", rule=rule.code, referral=str(case.referral.uid))
        return Result(rule, Outcome.ERRORED, evidence={"error": type(error).__name__})


def mark_of(result: Result) -> Mark:
    rule = result.rule
    return Mark(str(result.outcome), result.score, always=rule.always, corroborating=rule.corroborating)


def _remember(case: Case, results: list[Result]) -> list[str]:
    """Keep as signals what fired or failed, unless it is known; return the codes of what is new.

    The caller has locked the referral. Where none has, two at once may both call a signal new: that is the safe side.
    """
    found = [result for result in results if result.outcome in REMEMBERED]
    if not found:
        return []
    known = set(Signal.objects.filter(referral=case.referral).values_list("code", "outcome"))
    new = [result for result in found if (result.code, result.outcome.value) not in known]
    Signal.objects.bulk_create([_signal(case, result) for result in new], ignore_conflicts=True)
    return [result.code for result in new]


def _signal(case: Case, result: Result) -> Signal:
    return Signal(
        tenant_id=case.tenant_id,
        referral=case.referral,
        code=result.code,
        version=result.rule.version,
        outcome=result.outcome.value,
        score=result.score,
        evidence=result.evidence,
        created_at=case.at,
    )
