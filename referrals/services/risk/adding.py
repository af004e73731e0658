"""What the rules' results add up to. Reads nothing: the same results always come to the same."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import TextChoices

MAX_SCORE = 100


class Outcome(TextChoices):
    PASSED = "passed"
    FIRED = "fired"
    ERRORED = "errored"  # it could not be computed, so a person looks
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Mark:
    """What counts of one rule's result."""

    outcome: str
    score: int
    always: bool
    corroborating: bool

    @property
    def holds_alone(self) -> bool:
        return self.outcome == Outcome.ERRORED or (self.outcome == Outcome.FIRED and self.always)


class Total(NamedTuple):
    """Which scores counted, their sum, and whether a person must look."""

    counted: list[bool]
    score: int
    held: bool


def add_up(marks: list[Mark], *, score_for_review: int) -> Total:
    """Add up what fired. A corroborating rule's score counts only beside that of a rule that is not."""
    is_corroborated = any(mark.outcome == Outcome.FIRED and not mark.corroborating for mark in marks)
    counted = [mark.outcome == Outcome.FIRED and is_corroborated for mark in marks]
    score = min(MAX_SCORE, sum(mark.score for mark, counts in zip(marks, counted, strict=True) if counts))
    held = any(mark.holds_alone for mark in marks) or score >= score_for_review
    return Total(counted, score, held)
