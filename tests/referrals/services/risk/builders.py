"""People, referrals and payments as rows, without the services: these tests need states a service would refuse."""

from datetime import datetime
from itertools import count

from referrals.models import Action, Code, Identifier, Member, Person, Program, Referral
from tests.cast import NOON

_numbers = count(1)
Kind = Identifier.Kind


def add_person(tenant, first_name="", last_name="", **fields) -> Person:
    number = next(_numbers)
    fields = {"external_id": f"person-{number}", "email": f"{number}@firm.example", **fields}
    return Person.objects.create(tenant=tenant, first_name=first_name, last_name=last_name, **fields)


def mark(kind, value, *people) -> list[int]:
    """Give each of these people the same mark; return the ids of the marks."""
    rows = [Identifier.objects.create(tenant=each.tenant, person=each, kind=kind, value=value) for each in people]
    return [row.pk for row in rows]


def add_referral(program: Program, referrer: Person, referred: Person, *, at: datetime = NOON, **fields) -> Referral:
    tenant = program.tenant
    member, _ = Member.objects.get_or_create(tenant=tenant, program=program, person=referrer)
    code, _ = Code.objects.get_or_create(
        tenant=tenant, member=member, defaults={"code": f"CODE{next(_numbers)}", "is_default": True}
    )
    fields = {"attributed_at": at, "expires_at": at + program.attribution_window, **fields}
    return Referral.objects.create(
        tenant=tenant, program=program, referrer=member, referred=referred, code=code, **fields
    )


def add_action(referral: Referral, *, amount=1000, reversed_amount=0, at: datetime = NOON) -> Action:
    return Action.objects.create(
        tenant=referral.tenant, referral=referral, kind=Action.Kind.INVOICE, key=f"in_{next(_numbers)}",
        amount=amount, currency="USD", reversed_amount=reversed_amount, occurred_at=at, recorded_at=at,
    )  # fmt: skip
