"""Members and the codes they share."""

import re
import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from events.services.events import record_event
from referrals.errors import CodeTaken
from referrals.models import Code, Member, Person, Program
from referrals.services.outreach.joins import note_joined

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read as something else
CODE_LENGTH = 9  # 44 bits: too many to try out
CODE_PATTERN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")


@transaction.atomic
def enrol(
    program: Program,
    person: Person,
    *,
    at: datetime,
    code: str = "",
    status: str = Member.Status.ACTIVATED,
    **fields: Any,
) -> Member:
    """Make a person a member of a program, with a default link code; enrolling a member again returns the member.

    Raises CodeTaken when another code of the tenant has the wanted spelling.
    """
    activated_at = at if status == Member.Status.ACTIVATED else None
    member, created = Member.objects.get_or_create(
        program=program,
        person=person,
        defaults={
            "tenant_id": program.tenant_id, "status": status, "activated_at": activated_at, "created_at": at, **fields,
        },
    )  # fmt: skip
    if created:
        add_code(member, code, at=at, is_default=True)
        record_event(program.tenant, "member.enrolled", subject=member.uid, at=at, program=str(program.uid))
        note_joined(person, program=program, at=at)
    return member


@transaction.atomic
def add_code(
    member: Member, code: str = "", *, at: datetime, kind: str = Code.Kind.LINK, is_default: bool = False, **fields: Any
) -> Code:
    """Give a member a code: the wanted spelling, or a new random one. Raises CodeTaken, also for a spelling in use
    with other capitals, and for one that would not survive in a URL.
    """
    code = code.strip() or _new_code()
    if not CODE_PATTERN.match(code):
        raise CodeTaken(f"{code!r} cannot be a code: use letters, digits, points, hyphens and underscores, at most 64.")
    try:
        with transaction.atomic():
            return Code.objects.create(
                tenant_id=member.tenant_id,
                member=member,
                code=code,
                kind=kind,
                is_default=is_default,
                created_at=at,
                **fields,
            )
    except IntegrityError as error:
        raise CodeTaken(f"The code {code!r} is taken.") from error


@transaction.atomic
def choose_code(member: Member, code: str, *, at: datetime) -> None:
    """Make a spelling the member's default code; the former one stays theirs and keeps working. Raises CodeTaken."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    mine = Code.objects.filter(member=member).spelt(code).first()
    if mine and mine.is_default:
        return
    Code.objects.filter(member=member, is_default=True).update(is_default=False)
    if mine is None:
        add_code(member, code, at=at, is_default=True)
    else:
        mine.is_default = True
        mine.save(update_fields=["is_default"])


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
