"""A tenant adds a member to a program: somebody new, or somebody it knows already."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from events.services.events import record_event
from referrals.errors import AlreadyMember, BlockedPerson, PersonExists, ProgramInactive
from referrals.models import Code, Member, Person, Program
from referrals.services.decisions import SYSTEM
from referrals.services.members import choose_code, enrol
from referrals.services.outreach.inviting import send_welcome
from referrals.services.outreach.joins import note_joined
from referrals.services.people import add_person, find_person, update_person, upsert_person
from tenants.models import Tenant

BY_THE_TENANT = "Manual"
UNIQUE = ("email", "external_id")  # in one program
# What a tenant tells of a membership. Somebody who is added again starts with these anew.
TOLD: dict[str, Any] = {
    "disabled_reason": "", "custom_override_url": "", "custom_option1_name": "", "custom_option1_value": "",
    "custom_text1_name": "", "custom_text1_value": "", "custom_text2_name": "", "custom_text2_value": "",
    "payout_type": "", "payout_uses_defaults": True, "payout_email": "", "recruiter_source": None,
    "recruiter_assigned": None,
}  # fmt: skip


@transaction.atomic
def add_member(
    program: Program,
    *,
    person: dict[str, Any],
    at: datetime,
    code: str = "",
    is_disabled: bool = False,
    welcome: bool = False,
    actor: str = SYSTEM,
    **fields: Any,
) -> Member:
    """Make whoever is told of a member, preloaded until they are seen, with the wanted default code; mail a welcome.

    `person` are fields of a Person, among them `email` and perhaps `external_id`; `fields` those of a Member. Somebody
    known by that external id, or else by that address, becomes the member, brought up to date; who was removed from the
    program is readmitted. Raises ProgramInactive, AlreadyMember, BlockedPerson, PersonExists, NotToBeTracked and
    CodeTaken.
    """
    if not program.is_active:
        raise ProgramInactive
    hold_names(program, person)
    refuse_double(program, person)
    known = _know(program.tenant, person, at=at)
    if known.blocked_at is not None:
        raise BlockedPerson
    status = Member.Status.DISABLED if is_disabled else Member.Status.PRELOADED
    fields |= {"disabled_reason": BY_THE_TENANT} if is_disabled else {}
    member = _enrol(program, known, at=at, code=code, status=status, actor=actor, **fields)
    if welcome:
        send_welcome(member, at=at)
    return member


def hold_names(program: Program, person: dict[str, Any]) -> None:
    """Until the transaction ends nobody else can be given this address or this external id in this program: two who
    come at once must not both find them free. The first lock to take.
    """
    keys = [f"member of {program.pk}: {name} {person[name].lower()}" for name in UNIQUE if person.get(name)]
    if keys:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(%s::text[]) k", [keys])


def refuse_double(program: Program, person: dict[str, Any], *, but: Member | None = None) -> None:
    """Raise AlreadyMember where another member of a program has the address or the external id told of a person."""
    email, external_id = person.get("email") or "", person.get("external_id") or ""
    members = Member.objects.for_tenant(program.tenant).filter(program=program)
    others = members.exclude(pk=but.pk) if but else members
    if email and others.filter(person__in=_people_of(program.tenant, email)).exists():
        raise AlreadyMember("Another member of this program has this address.")
    if external_id and others.filter(person__external_id=external_id).exists():
        raise AlreadyMember("Another member of this program has this id.", field="external_id")


def give_identity(person: Person, *, at: datetime, **fields: Any) -> Person:
    """Bring a person up to date, also their external id. Raises PersonExists where somebody else has that id."""
    try:
        with transaction.atomic():
            return update_person(person, at=at, **fields)
    except IntegrityError as error:
        raise PersonExists("Somebody else has this id.") from error


def usual_status(member: Member) -> str:
    """The status of a member who is not disabled."""
    return Member.Status.ACTIVATED if member.activated_at else Member.Status.PRELOADED


def _know(tenant: Tenant, told: dict[str, Any], *, at: datetime) -> Person:
    external_id, email = told.get("external_id") or "", told.get("email") or ""
    known = find_person(tenant, external_id=external_id, email=email)
    if known:
        return give_identity(known, at=at, **{name: value for name, value in told.items() if value})
    rest = {name: value for name, value in told.items() if name != "external_id"}
    return (
        upsert_person(tenant, external_id=external_id, at=at, **rest)
        if external_id
        else add_person(tenant, at=at, **rest)
    )


def _enrol(program: Program, person: Person, *, at: datetime, actor: str, **fields: Any) -> Member:
    former = Member.objects.select_for_update(no_key=True).filter(program=program, person=person).first()
    if former is None:
        return enrol(program, person, at=at, **fields)
    if former.removed_at is None:
        raise AlreadyMember
    return _readmit(former, at=at, actor=actor, **fields)


def _readmit(member: Member, *, at: datetime, code: str, status: str, actor: str, **fields: Any) -> Member:
    """What they earned, brought in and did before is theirs still; what was told of them is told anew."""
    usual = status if status == Member.Status.DISABLED else usual_status(member)
    changes = {**TOLD, **fields, "status": usual, "created_at": at, "removed_at": None}
    for name, value in changes.items():
        setattr(member, name, value)
    member.save(update_fields=list(changes))
    if code:
        choose_code(member, code, at=at)
    Code.objects.filter(member=member, is_default=True).update(is_active=True)
    note_joined(member.person, program=member.program, at=at)
    told = {"program": str(member.program.uid), "actor": actor, "again": True}
    record_event(member.tenant, "member.enrolled", subject=member.uid, at=at, **told)
    return member


def _people_of(tenant: Tenant, email: str) -> Any:
    people = Person.objects.for_tenant(tenant).alias(lower=Lower("email"))
    return people.filter(Q(lower=email.lower())).values("pk")
