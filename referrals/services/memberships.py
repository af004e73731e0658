"""Somebody asks for their own code."""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, Value, When

from referrals.models import Code, Member, Person, Program
from referrals.services.members import enrol

DEFAULT = "default"  # what the program is called that every tenant starts with


@transaction.atomic
def membership_of(person: Person, *, at: datetime) -> Member | None:
    """A person's oldest membership; of somebody who has none, a new one in the tenant's default program, or its oldest.

    None where there is no active program, or staff removed them from it.
    """
    member = _first_membership(person)
    if member:
        return member
    first = _first_program(person)
    member = enrol(first, person, at=at) if first else None
    return member if member and member.removed_at is None else None


def home_program_of(person: Person) -> Program | None:
    """The program of a person's oldest membership; of somebody who has none, the one they would be enrolled in."""
    member = _first_membership(person)
    return member.program if member else _first_program(person)


def _first_membership(person: Person) -> Member | None:
    own = Member.objects.for_tenant(person.tenant).filter(person=person).select_related("program__tenant")
    return own.order_by("pk").first()


def _first_program(person: Person) -> Program | None:
    programs = Program.objects.for_tenant(person.tenant).filter(is_active=True).select_related("tenant")
    return programs.order_by(Case(When(name=DEFAULT, then=Value(0)), default=Value(1)), "pk").first()


def default_code_of(member: Member) -> Code | None:
    """The code a member shares first."""
    return member.codes.filter(is_active=True).order_by("-is_default", "pk").first()
