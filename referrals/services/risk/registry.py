"""The register of rules. A rule is a function of a Case that returns its evidence, or None when it does not fire.

Its docstring is for the reviewer: the first line says in plain words what was found. Evidence is JSON, and frozen: it
must still make sense when the people have changed or are erased, so it holds ids, counts and dates, never names or
addresses. A rule is given a new version whenever the same facts would lead to another answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from referrals.services.risk.case import Case

Evidence = dict[str, Any]
Check = Callable[[Case], Evidence | None]
Score = int | Callable[[Evidence], int]

_rules: dict[str, "Rule"] = {}


@dataclass(frozen=True, slots=True)
class Rule:
    """`always` holds for review whatever the program's level, and cannot be switched off. `corroborating` adds its
    score only to that of a rule that is not: alone it never counts.
    """

    code: str
    version: int
    score: Score
    always: bool
    corroborating: bool
    check: Check

    @property
    def description(self) -> str:
        return (self.check.__doc__ or self.code).strip().splitlines()[0]

    def score_of(self, evidence: Evidence) -> int:
        return self.score if isinstance(self.score, int) else self.score(evidence)


def rule(
    code: str, *, version: int, score: Score, always: bool = False, corroborating: bool = False
) -> Callable[[Check], Check]:
    """Register a function as the rule of that code. A score that depends on the evidence is a function of it."""

    def register(check: Check) -> Check:
        if code in _rules:
            raise ValueError(f"There is a rule {code} already.")
        _rules[code] = Rule(code, version, score, always, corroborating, check)
        return check

    return register


def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order in which they run and are shown."""
    return tuple(_rules.values())
