from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from referrals.models import Person, Program, Referral
from referrals.services.risk.marks import SharedMark, find_shared_marks


@dataclass(frozen=True)
class Case:
    """What a rule is given: one referral with its two people and its program, and the time of the question.

    `inputs` is what the rule at work has looked at, kept whatever it finds. Like evidence it is JSON that stays: ids,
    counts and dates, never names or addresses.
    """

    referral: Referral
    program: Program
    referrer: Person
    referred: Person
    at: datetime
    inputs: dict[str, Any] = field(default_factory=dict)

    def look_at(self, **inputs: Any) -> None:
        """Note what a rule looks at, so that it can be told also of one that finds nothing."""
        self.inputs.update(inputs)

    @property
    def tenant_id(self) -> int:
        return self.referral.tenant_id

    @property
    def people(self) -> list[str]:
        """Both people's ids, referrer first, as they stand in evidence: an id is not personal data, a name is."""
        return [str(self.referrer.uid), str(self.referred.uid)]

    @cached_property
    def shared_marks(self) -> list[SharedMark]:
        """Read by the first rule that asks. Should that fail, each rule asks, and fails, for itself."""
        return find_shared_marks(self.tenant_id, self.referrer, self.referred)


def load_case(referral: Referral, *, at: datetime) -> Case:
    """Read the referral afresh, with all a rule may look at, in one query."""
    fresh = Referral.objects.select_related("program", "referrer__person", "referred").get(pk=referral.pk)
    return Case(fresh, fresh.program, fresh.referrer.person, fresh.referred, at)
