"""Which touch brought a person in: the candidates, the winner, and why the others lost."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from referrals.models import Attribution, Person, Program, Touch


@dataclass(frozen=True)
class Candidate:
    """What the choice looks at of one touch: enough, once it is written down, to choose again."""

    touch: int
    occurred_at: datetime
    expires_at: datetime
    verdict: str
    is_spent: bool
    owner_may_refer: bool
    is_own: bool

    def as_data(self) -> dict[str, Any]:
        names = ("verdict", "is_spent", "owner_may_refer", "is_own")
        return {name: getattr(self, name) for name in names}


@dataclass
class Choice:
    """The winning touch, if any, and each touch that did not win with the reason; with the policy that chose."""

    winner: Attribution | None
    lost: list[tuple[Attribution, str]] = field(default_factory=list)
    policy: str = Touch.LAST
    window_days: int = 0
    candidates: dict[int, Candidate] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return {
            "policy": str(self.policy),
            "window_days": self.window_days,
            "winner": self._describe(self.winner) if self.winner else None,
            "losers": [{**self._describe(touch), "why": why} for touch, why in self.lost],
        }

    def _describe(self, touch: Attribution) -> dict[str, Any]:
        return {**describe_touch(touch), **self.candidates[touch.pk].as_data()}


def describe_touch(touch: Attribution) -> dict[str, Any]:
    return {
        "id": touch.public_id,
        "code": touch.code.code,
        "member": str(touch.member.uid),
        "kind": touch.kind,
        "occurred_at": touch.occurred_at.isoformat(),
        "expires_at": touch.expires_at.isoformat(),
    }


def choose_touch(program: Program, referred: Person, *, touch_ids: set[int], visitor: str, at: datetime) -> Choice:
    """Choose among the touches of a visitor, and those named, by the program's policy.

    A touch counts while `occurred_at <= at < expires_at`: the window's length is that of the time of the touch.
    """
    touches = {touch.pk: touch for touch in _find_touches(program, touch_ids=touch_ids, visitor=visitor)}
    candidates = {pk: _candidate(touch, referred) for pk, touch in touches.items()}
    winner, lost = rank_candidates(list(candidates.values()), policy=program.touch_policy, at=at)
    return Choice(
        winner=touches[winner.touch] if winner else None,
        lost=[(touches[loser.touch], why) for loser, why in lost],
        policy=program.touch_policy,
        window_days=program.attribution_window_days,
        candidates=candidates,
    )


def rank_candidates(
    candidates: list[Candidate], *, policy: str, at: datetime
) -> tuple[Candidate | None, list[tuple[Candidate, str]]]:
    """The candidate that wins, if any, and why each other lost. Reads nothing: the same candidates choose the same."""
    lost: list[tuple[Candidate, str]] = []
    eligible = []
    for candidate in candidates:
        why = _disqualification(candidate, at=at)
        if why:
            lost.append((candidate, why))
        else:
            eligible.append(candidate)
    eligible.sort(key=lambda each: (each.occurred_at, each.touch), reverse=policy == Touch.LAST)
    lost.extend((each, f"the program credits the {policy} touch") for each in eligible[1:])
    return eligible[0] if eligible else None, lost


def _find_touches(program: Program, *, touch_ids: set[int], visitor: str) -> list[Attribution]:
    wanted = Q(pk__in=touch_ids)
    if visitor:
        wanted |= Q(visitor=visitor)
    touches = Attribution.objects.for_tenant(program.tenant).filter(wanted, member__program=program)
    touches = touches.select_for_update(of=("self",), no_key=True)  # one touch brings in one person
    return list(touches.select_related("code", "member__person").order_by("id"))


def _candidate(touch: Attribution, referred: Person) -> Candidate:
    owner = touch.member
    return Candidate(
        touch=touch.pk,
        occurred_at=touch.occurred_at,
        expires_at=touch.expires_at,
        verdict=touch.verdict,
        is_spent=touch.new_member_id not in (None, referred.pk),
        owner_may_refer=owner.can_refer and owner.person.blocked_at is None,
        is_own=is_same_person(owner.person, referred),
    )


def _disqualification(candidate: Candidate, *, at: datetime) -> str:
    """Why a touch cannot win, or nothing."""
    reasons = [
        (candidate.verdict != Attribution.Verdict.VALID, f"it was a {candidate.verdict}, not a visit"),
        (candidate.occurred_at > at, "it lies in the future"),
        (candidate.expires_at <= at, "its attribution window has passed"),
        (candidate.is_spent, "it already brought somebody else in"),
        (not candidate.owner_may_refer, "its owner may not refer at present"),
        (candidate.is_own, "a person cannot refer themselves"),
    ]
    return next((why for failed, why in reasons if failed), "")


def is_same_person(one: Person, other: Person) -> bool:
    """One record, or one external id of the tenant: nothing weaker is refused outright."""
    same_id = one.external_id is not None and one.external_id == other.external_id
    return one.pk == other.pk or (one.tenant_id == other.tenant_id and same_id)
