"""A tenant changes what it told of a member."""

from datetime import datetime
from typing import Any

from django.db import transaction

from events.services.events import record_event
from referrals.errors import NotAMember, OwnRecruiter
from referrals.models import Member
from referrals.services.decisions import SYSTEM
from referrals.services.members import choose_code
from referrals.services.members_adding import BY_THE_TENANT, give_identity, hold_names, refuse_double, usual_status
from referrals.services.memberships import default_code_of

# What an event may tell; of everything else, which may say who somebody is, it tells the names alone.
PLAIN = {"status", "disabled_reason", "payout_type", "payout_uses_defaults", "recruiter_source", "recruiter_assigned"}


@transaction.atomic
def update_member(
    member: Member,
    *,
    at: datetime,
    person: dict[str, Any] | None = None,
    code: str = "",
    is_disabled: bool | None = None,
    actor: str = SYSTEM,
    **fields: Any,
) -> Member:
    """Change fields of a member and of who they are; tell of it by one event, or by none where nothing is new.

    A new `code` becomes the default one, and the former keeps working. Disabling keeps them from referring; enabling
    brings back the status they had. Raises NotAMember, AlreadyMember, PersonExists, OwnRecruiter, CodeTaken.
    """
    hold_names(member.program, person or {})
    member = _lock(member)
    if fields.get("recruiter_assigned") == member:
        raise OwnRecruiter
    told = {name: value for name, value in (person or {}).items() if getattr(member.person, name) != value}
    changes = _changes(member, fields | _standing(member, is_disabled))
    before = {name: _plain(getattr(member, name)) for name in changes if name in PLAIN}
    after = {name: _plain(value) for name, value in changes.items() if name in PLAIN}
    if told:
        refuse_double(member.program, told, but=member)
        give_identity(member.person, at=at, **told)
    if changes:
        _write(member, changes)
    codes = _change_code(member, code, at=at) if code else ({}, {})
    states = {"before": before | codes[0], "after": after | codes[1]}
    personal = sorted([*told, *(name for name in changes if name not in PLAIN)])
    if personal or states["after"]:
        record_event(
            member.tenant, "member.updated", subject=member.uid, at=at, actor=actor, personal=personal, **states
        )
    return member


def _lock(member: Member) -> Member:
    rows = Member.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("tenant", "program__tenant", "person__tenant").get(pk=member.pk)
    if locked.removed_at is not None:
        raise NotAMember
    return locked


def _standing(member: Member, is_disabled: bool | None) -> dict[str, str]:  # noqa: FBT001 (None is neither)
    """The columns by which a member is disabled or not."""
    if is_disabled is None or is_disabled == (member.status == Member.Status.DISABLED):
        return {}
    if is_disabled:
        return {"status": Member.Status.DISABLED, "disabled_reason": BY_THE_TENANT}
    return {"status": usual_status(member), "disabled_reason": ""}


def _changes(member: Member, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if getattr(member, name) != value}


def _write(member: Member, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(member, name, value)
    member.save(update_fields=list(changes))


def _change_code(member: Member, code: str, *, at: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """The default code before and after, where it is another one now."""
    former = default_code_of(member)
    if former and former.is_default and former.code.upper() == code.strip().upper():
        return {}, {}
    choose_code(member, code, at=at)
    return {"code": former.code if former else ""}, {"code": code.strip()}


def _plain(value: Any) -> Any:
    """As an event holds it."""
    return str(value.uid) if isinstance(value, Member) else value
