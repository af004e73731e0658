"""Which touch brought a person in: the candidates, the winner, and why the others lost."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from referrals.models import Attribution, Person, Program, Touch


@dataclass
class Choice:
    """The winning touch, if any, and each touch that did not win with the reason."""

    winner: Attribution | None
    lost: list[tuple[Attribution, str]] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return {
            "winner": describe_touch(self.winner) if self.winner else None,
            "losers": [{**describe_touch(touch), "why": why} for touch, why in self.lost],
        }


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
    lost: list[tuple[Attribution, str]] = []
    eligible = []
    for touch in _candidates(program, touch_ids=touch_ids, visitor=visitor):
        why = _disqualification(touch, referred, at=at)
        if why:
            lost.append((touch, why))
        else:
            eligible.append(touch)
    eligible.sort(key=lambda touch: (touch.occurred_at, touch.pk), reverse=program.touch_policy == Touch.LAST)
    lost.extend((touch, f"the program credits the {program.touch_policy} touch") for touch in eligible[1:])
    return Choice(eligible[0] if eligible else None, lost)


def _candidates(program: Program, *, touch_ids: set[int], visitor: str) -> list[Attribution]:
    wanted = Q(pk__in=touch_ids)
    if visitor:
        wanted |= Q(visitor=visitor)
    touches = Attribution.objects.for_tenant(program.tenant).filter(wanted, member__program=program)
    touches = touches.select_for_update(of=("self",), no_key=True)  # one touch brings in one person
    return list(touches.select_related("code", "member__person").order_by("id"))


def _disqualification(touch: Attribution, referred: Person, *, at: datetime) -> str:
    """Why a touch cannot win, or nothing."""
    reasons = [
        (touch.verdict != Attribution.Verdict.VALID, f"it was a {touch.verdict}, not a visit"),
        (touch.occurred_at > at, "it lies in the future"),
        (touch.expires_at <= at, "its attribution window has passed"),
        (touch.new_member_id not in (None, referred.pk), "it already brought somebody else in"),
        (
            not touch.member.can_refer or touch.member.person.blocked_at is not None,
            "its owner may not refer at present",
        ),
        (is_same_person(touch.member.person, referred), "a person cannot refer themselves"),
    ]
    return next((why for failed, why in reasons if failed), "")


def is_same_person(one: Person, other: Person) -> bool:
    """One record, or one external id of the tenant: nothing weaker is refused outright."""
    same_id = one.external_id is not None and one.external_id == other.external_id
    return one.pk == other.pk or (one.tenant_id == other.tenant_id and same_id)
