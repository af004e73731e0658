"""Explaining everything there is, for everybody, and making every stored decision again."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection

from credits.models import Reward
from credits.services.explaining.audience import Audience, Json
from credits.services.explaining.denylist import find_leaks
from credits.services.explaining.explanations import explain_referral, explain_reward
from credits.services.explaining.reevaluation import Basis, reevaluate
from referrals.models import Decision, Member, Person, Referral, Side

MOST_QUERIES = 8
CHUNK = 500


@dataclass
class Audit:
    """What was explained and made again, and what went wrong, by name."""

    referrals: int = 0
    rewards: int = 0
    explanations: int = 0
    most_queries: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def as_data(self) -> Json:
        return {
            "referrals": self.referrals,
            "rewards": self.rewards,
            "explanations": self.explanations,
            "most_queries": self.most_queries,
            "decisions": {basis.value: self.decisions[basis.value] for basis in Basis},
            "failures": self.failures,
        }


def audit_explanations(*, at: datetime) -> Audit:
    """Explain every referral to its two people, to support and to an auditor, and every reward to each audience; and
    make every decision again. A failure is an error, a ninth query, a word that no member may read, or another outcome.
    """
    audit = Audit()
    for referral in _referrals():
        audit.referrals += 1
        _audit_referral(audit, referral, at=at)
    for reward in _rewards():
        audit.rewards += 1
        _audit_reward(audit, reward, at=at)
    for decision in Decision.objects.order_by("id").iterator(CHUNK):
        _audit_decision(audit, decision)
    return audit


def _referrals() -> Iterator[Referral]:
    return Referral.objects.select_related("referrer__person", "referred").order_by("id").iterator(CHUNK)


def _rewards() -> Iterator[Reward]:
    return (
        Reward.objects.select_related("referral__referrer__person", "referral__referred").order_by("id").iterator(CHUNK)
    )


def _audit_referral(audit: Audit, referral: Referral, *, at: datetime) -> None:
    name = f"referral {referral.uid}"
    for audience in (Audience.SUPPORT, Audience.AUDITOR):
        _explain(audit, f"{name} for {audience}", partial(explain_referral, referral, audience=audience, at=at))
    for side in Side:
        _explain(
            audit,
            f"{name} for the {side}",
            partial(explain_referral, referral, audience=Audience.MEMBER, at=at, side=side),
            other=_other(referral, side),
            member=referral.referrer if side == Side.REFERRED else None,
        )


def _audit_reward(audit: Audit, reward: Reward, *, at: datetime) -> None:
    for audience in Audience:
        is_for_member, referral = audience == Audience.MEMBER, reward.referral
        other = _other(referral, reward.side) if is_for_member and referral else None
        member = referral.referrer if referral and reward.side == Side.REFERRED else None
        name = f"reward {reward.uid} for {audience}"
        explain = partial(explain_reward, reward, audience=audience, at=at)
        _explain(audit, name, explain, is_for_member=is_for_member, other=other, member=member)


def _explain(
    audit: Audit,
    name: str,
    explain: Callable[[], Json],
    *,
    other: Person | None = None,
    member: Member | None = None,
    is_for_member: bool = False,
) -> None:
    audit.explanations += 1
    counted = QueryCount()
    try:
        with connection.execute_wrapper(counted):
            told = explain()
        json.dumps(told)
    except Exception as error:  # noqa: BLE001 (whatever it is, the others are explained all the same)
        audit.failures.append(f"{name}: {type(error).__name__}: {error}")
        return
    audit.most_queries = max(audit.most_queries, counted.queries)
    if counted.queries > MOST_QUERIES:
        audit.failures.append(f"{name}: {counted.queries} queries")
    leaks = find_leaks(told, other=other, member=member) if other or is_for_member else []
    if leaks:
        audit.failures.append(f"{name}: tells {', '.join(leaks)}")


def _audit_decision(audit: Audit, decision: Decision) -> None:
    try:
        again = reevaluate(decision)
    except Exception as error:  # noqa: BLE001 (whatever it is, the others are made again all the same)
        audit.failures.append(f"decision {decision.pk} ({decision}): {type(error).__name__}: {error}")
        return
    audit.decisions[again.basis.value] += 1
    if not again.agrees:
        stored, made = (again.stored_outcome, again.stored_facts), (again.outcome, again.facts)
        audit.failures.append(f"decision {decision.pk} ({decision}): stored {stored}, made again {made}")


def _other(referral: Referral, side: str) -> Person:
    return referral.referred if side == Side.REFERRER else referral.referrer.person


class QueryCount:
    """How many statements were sent."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], sql: str, *about: Any) -> Any:
        self.queries += 1
        return execute(sql, *about)
