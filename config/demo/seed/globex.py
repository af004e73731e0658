"""Globex: another tenant, small, whose data nobody at Acme ever sees. Some of its ids are the same as Acme's."""

from datetime import datetime, timedelta

from credits.services.programs import create_default_program
from credits.services.rewards import reward_action
from payouts.services.methods import create_default_methods
from referrals.models import Action, Person, Program
from referrals.services.members import enrol
from referrals.services.people import upsert_person
from referrals.services.referrals import refer
from tenants.services.tenants import create_tenant

MEMBERS = (("u_10001", "Ingrid", "Solberg"), ("u_10002", "Dmitri", "Voss"), ("u_10003", "Aisling", "Byrne"))
FRIENDS = (
    ("u_10004", "Rafael", "Monteiro", 49_00),
    ("u_10005", "Greta", "Holm", 0),
    ("u_10006", "Kofi", "Asante", 149_00),
    ("u_10007", "Lucia", "Barros", 19_00),
)


def found_globex(*, secret: str, at: datetime) -> Program:
    tenant = create_tenant("globex", name="Globex", plan="growth", at=at, stripe_webhook_secret=secret)
    program = create_default_program(tenant, at=at)
    create_default_methods(program, at=at)
    return program


def play_globex(program: Program, *, start: datetime) -> None:
    """A handful of members and friends, one of each paying friend's payments rewarded."""
    for user_id, first, last in MEMBERS:
        enrol(program, _know(program, user_id, first, last, at=start), code=f"GLOBEX-{first.upper()}", at=start)
    for number, (user_id, first, last, amount) in enumerate(FRIENDS):
        at = start + timedelta(days=11 * number, hours=15)
        code = f"GLOBEX-{MEMBERS[number % len(MEMBERS)][1].upper()}"
        referral = refer(program, _know(program, user_id, first, last, at=at), code=code, at=at)
        if amount:
            kind, paid = Action.Kind.API, at + timedelta(hours=2)
            key = f"order-{number + 1}"
            reward_action(referral, kind=kind, key=key, amount=amount, currency="USD", occurred_at=paid, at=paid)


def _know(program: Program, user_id: str, first: str, last: str, *, at: datetime) -> Person:
    email = f"{first}.{last}@globex.example".lower()
    names = {"first_name": first, "last_name": last, "email": email}
    return upsert_person(program.tenant, external_id=user_id, at=at, **names)
