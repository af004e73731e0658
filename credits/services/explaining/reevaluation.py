"""Making a stored decision again from what is stored with it, to see that it comes out the same."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices

from credits.services.grant_records import is_granted, is_recorded, recompute_plan
from referrals.models import Decision
from referrals.services.decisions import SYSTEM
from referrals.services.reevaluation import Again, assess_again, choose_again, expire_again, qualify_again

K = Decision.Kind


class Basis(TextChoices):
    COMPUTED = "computed"  # made again from its inputs
    TOLD = "told"  # a person's word, or a plain fact such as a code that nobody has: nothing to compute
    NOT_RECORDED = "not recorded"  # from before its inputs were kept


@dataclass(frozen=True)
class Reevaluation:
    """What a decision came to when made again, beside what was stored; `agrees` is about what was computed alone."""

    basis: Basis
    outcome: str
    stored_outcome: str
    facts: dict[str, Any] = field(default_factory=dict)
    stored_facts: dict[str, Any] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        return (self.outcome, self.facts) == (self.stored_outcome, self.stored_facts)


def reevaluate(decision: Decision) -> Reevaluation:
    """The outcome of a stored decision, recomputed from its own inputs without reading anything else."""
    if is_told(decision):
        return Reevaluation(Basis.TOLD, decision.outcome, decision.outcome)
    again = MAKE_AGAIN[K(decision.kind)](decision)
    if again is None:
        return Reevaluation(Basis.NOT_RECORDED, decision.outcome, decision.outcome)
    return Reevaluation(Basis.COMPUTED, again.outcome, decision.outcome, again.facts, again.stored)


def is_told(decision: Decision) -> bool:
    """Whether nothing was computed: somebody said so, a fault kept it from being done, or a sign-up was refused for
    what was found elsewhere.
    """
    told = {
        K.ATTRIBUTION: decision.outcome not in ("attributed", "not_attributed")
        or (decision.referral_id is None and "policy" not in decision.data),
        K.QUALIFICATION: decision.actor != SYSTEM or decision.outcome != "qualified",
        K.RISK: False,
        K.GRANT: decision.outcome not in ("granted", "nothing granted"),
        K.REVIEW: True,
        K.MODERATION: True,
        K.EXPIRY: False,
    }
    return told[K(decision.kind)]


def _grant_again(decision: Decision) -> Again | None:
    data = decision.data
    if not is_recorded(data):
        return None
    amounts, cap = recompute_plan(data)
    sides = [earning["side"] for earning in data["earnings"]]
    count = sum(is_granted(amount, side=side, cap=cap) for amount, side in zip(amounts, sides, strict=True))
    stored = {"cap": data["cap"], "amounts": [earning["amount"] for earning in data["earnings"]]}
    return Again(
        "granted" if count else "nothing granted",
        {"cap": cap, "amounts": amounts, "rewards": count},
        stored | {"rewards": len(data["rewards"])},
    )


MAKE_AGAIN = {
    K.ATTRIBUTION: choose_again,
    K.QUALIFICATION: qualify_again,
    K.RISK: assess_again,
    K.GRANT: _grant_again,
    K.EXPIRY: expire_again,
}
