"""A tenant gives a member another code, and changes what a code does."""

from datetime import datetime
from typing import Any

from django.db import transaction

from events.services.events import record_event
from referrals.models import Code, Member
from referrals.services.decisions import SYSTEM
from referrals.services.members import add_code, choose_code


@transaction.atomic
def give_code(member: Member, code: str = "", *, at: datetime, actor: str = SYSTEM, **fields: Any) -> Code:
    """Another code of a member, beside those they have; `fields` are those of a Code. Raises CodeTaken, and
    ValidationError naming each field at fault.
    """
    Code(member=member, tenant_id=member.tenant_id, **fields).full_clean(exclude=["code", "tenant", "member"])
    given = add_code(member, code, at=at, **fields)
    _tell(given, "code.added", at=at, actor=actor)
    return given


@transaction.atomic
def change_code(code: Code, *, at: datetime, actor: str = SYSTEM, is_default: bool = False, **fields: Any) -> Code:
    """Change fields of a code, or make it its member's default one; the former keeps working. Switching a code off
    keeps earlier touches. Raises ValidationError naming each field at fault.
    """
    code = Code.objects.select_for_update(of=("self",)).select_related("tenant", "member").get(pk=code.pk)
    before = {name: getattr(code, name) for name in fields if getattr(code, name) != fields[name]}
    for name in before:
        setattr(code, name, fields[name])
    if before:
        code.full_clean(exclude=["tenant", "member"])
        code.save(update_fields=list(before))
    if is_default and not code.is_default:
        choose_code(code.member, code.code, at=at)
        code.is_default = True
        before["is_default"] = False
    if before:
        after = {name: getattr(code, name) for name in before}
        _tell(code, "code.updated", at=at, actor=actor, before=_plain(before), after=_plain(after))
    return code


def _tell(code: Code, kind: str, *, at: datetime, **data: Any) -> None:
    """About its member: a code has no id of its own that the world knows, but its spelling."""
    about = {"code": code.code, "form": code.kind}
    record_event(code.tenant, kind, subject=code.member.uid, at=at, **about, **data)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, bool | int | None) else str(value) for name, value in values.items()}
