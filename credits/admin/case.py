"""Everything that one case's page shows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.urls import reverse

from credits.admin.comparison import compare_people
from credits.admin.findings import list_findings, passed_rules
from credits.admin.timeline import tell_story
from credits.admin.wording import USUAL_REASONS, age, holder, time_left
from credits.models import Review
from credits.models.money import display as money
from credits.services.planning import plan_grants
from referrals.admin.wording import actor_name, risk_name
from referrals.models import Person, Referral, Side

RELATED = (
    *("claimed_by", "referral__program", "referral__code"),
    *("referral__referrer__person", "referral__referred", "referral__tenant"),
)


@dataclass
class Grants:
    """What one side would be granted: each earning, those of zero with why, and the sums per currency."""

    side: str
    person: Person
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> str:
        return " + ".join(money(amount, currency) for currency, amount in self.sums.items() if amount) or "nothing"


def describe_case(review: Review, *, user: User, now: datetime) -> dict[str, Any]:
    """The page's context. Reads only; the number of queries does not depend on the case."""
    held_by, urgency = holder(review, now=now), time_left(review, now=now)
    assessment = review.evidence.get("assessment", {})
    return {
        "review": review,
        "referral": review.referral,
        "reasons": [risk_name(code) for code in review.reasons],
        "amount_at_risk": money(review.amount_at_risk, review.currency),
        "age": age(review, now=now),
        "urgency": urgency[0],
        "time_left": urgency[1],
        "score_for_review": assessment.get("score_for_review", review.referral.program.score_for_review),
        "level": assessment.get("level", ""),
        "is_open": review.status == Review.Status.OPEN,
        "is_mine": bool(held_by) and review.claimed_by_id == user.pk,
        "held_by": held_by,
        "decided_by": actor_name(review.decided_by),
        "people": compare_people(review),
        "findings": list_findings(review),
        "passed": passed_rules(review),
        "grants": preview_grants(review.referral) if review.status == Review.Status.OPEN else [],
        "record": track_record(review.referral),
        "story": tell_story(review),
        "usual_reasons": USUAL_REASONS,
        "urls": {name: reverse(f"admin:credits_review_{name}", args=[review.pk]) for name in STEPS},
    }


STEPS = ("claim", "release", "approve", "reject")


def preview_grants(referral: Referral) -> list[Grants]:
    """What approving would grant, side by side: the very plan that the grant will carry out, before any cap."""
    people = {Side.REFERRER: referral.referrer.person, Side.REFERRED: referral.referred}
    grants = {str(side): Grants(side.label, person) for side, person in people.items()}
    for earning in plan_grants(referral):
        side = grants[earning.rule.side]
        side.lines.append((money(earning.amount, earning.currency), earning.rule.name, earning.why))
        side.sums[earning.currency] = side.sums.get(earning.currency, 0) + earning.amount
    return list(grants.values())


def track_record(referral: Referral) -> dict[str, int]:
    """How this referrer's other referrals ended."""
    status = Referral.Status
    others = Referral.objects.filter(referrer=referral.referrer_id).exclude(pk=referral.pk)
    return others.aggregate(
        total=Count("pk"),
        rewarded=Count("pk", filter=Q(status=status.REWARDED)),
        rejected=Count("pk", filter=Q(status=status.REJECTED)),
        waiting=Count("pk", filter=Q(status=status.REVIEW_REQUIRED)),
    )
