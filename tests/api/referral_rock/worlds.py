"""The worlds of Referral Rock's recordings. Alice Liddell is a member of acme's program, with the code ALICE."""

import base64
from datetime import timedelta
from typing import Any

from django.utils import timezone

from credits.services.programs import create_default_program
from payouts.services.methods import create_default_methods
from referrals.models import KeyBinding, Member, Person, Program
from referrals.services.attributions import record_click
from referrals.services.members_adding import add_member
from referrals.services.members_removing import remove_member
from referrals.services.standing import block_person
from tenants.models import Plan, Tenant
from tenants.services.keys import create_key
from tenants.services.limits import admit
from tests.api.recordings import World
from tests.cast import NOON, make_person, make_referral, make_tenant, pay

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"


def basic_key(tenant: Tenant, *scopes: str, person: Person | None = None) -> str:
    """What stands after `Basic`: public:secret."""
    issued = create_key(tenant, scopes=scopes or ["read", "write", "admin"], at=NOON)
    if person:
        KeyBinding.objects.create(api_key=issued.key, person=person)
    return base64.b64encode(f"{issued.key.public_key}:{issued.secret}".encode()).decode()


def make_rock_program(tenant: Tenant, **fields: Any) -> Program:
    """The default program, described, with its payout methods."""
    program = create_default_program(tenant, at=NOON)
    told = {"title": "Spring Invite", "member_offer": "25% back", "referral_offer": "$10", **fields}
    Program.objects.filter(pk=program.pk).update(landing_url="https://acme.example/spring", **told)
    program.refresh_from_db()
    create_default_methods(program, at=NOON)
    return program


def add_second_program(tenant: Tenant) -> Program:
    return Program.objects.create(tenant=tenant, name="autumn", title="Autumn Invite", created_at=NOON)


def make_alice(program: Program, **fields: Any) -> Member:
    alice = {"first_name": "Alice", "last_name": "Liddell", "email": "alice@alice.example", "external_id": "crm-118"}
    return add_member(program, person={**alice, **fields.pop("person", {})}, code="ALICE", at=NOON, **fields)


def make_member(program: Program, name: str, *, at: Any = NOON, **fields: Any) -> Member:
    """`make_member(program, "dana")` is Dana with the code DANA."""
    person = {"first_name": name.title(), "email": f"{name}@{name}.example", **fields.pop("person", {})}
    return add_member(program, person=person, code=fields.pop("code", name.upper()), at=at, **fields)


def nobody(**fields: Any) -> World:
    tenant = make_tenant(**fields)
    program = make_rock_program(tenant)
    return {"tenant": tenant, "row": program, "program": str(program.uid), "key": basic_key(tenant)}


def alice_alone(**fields: Any) -> World:
    world = nobody()
    alice = make_alice(world["row"], **fields)
    return world | {"alice": str(alice.uid), "member": alice}


def alice_and_dana() -> World:
    world = alice_alone()
    dana = make_member(world["row"], "dana", at=NOON + timedelta(hours=1))
    return world | {"dana": str(dana.uid)}


def alice_twice() -> World:
    """Alice is a member of two programs."""
    world = alice_alone()
    autumn = add_second_program(world["tenant"])
    again = add_member(autumn, person={"first_name": "Alice", "email": "alice@alice.example"}, code="ALICE2", at=NOON)
    return world | {"autumn": str(autumn.uid), "again": str(again.uid)}


def alice_earned() -> World:
    """Two clicks on Alice's link; Dana came and paid 10.00; Erin came."""
    world = alice_alone()
    for number in range(2):
        record_click("ALICE", tenant=world["tenant"], ip=f"198.51.100.{number}", user_agent=PHONE, at=NOON)
    pay(make_referral(world["member"], "dana"), 10_00, key="in_dana")
    make_referral(world["member"], "erin")
    return world


def alice_removed() -> World:
    world = alice_alone()
    remove_member(world["member"], at=NOON)
    return world


def alice_disabled() -> World:
    return alice_alone(is_disabled=True)


def dana_known() -> World:
    """Dana is known to acme, and no member."""
    world = alice_alone()
    make_person(world["tenant"], "dana")
    return world


def dana_blocked() -> World:
    world = alice_alone()
    block_person(make_person(world["tenant"], "dana"), at=NOON, actor="test")
    return world


def inactive_program() -> World:
    world = nobody()
    Program.objects.filter(pk=world["row"].pk).update(is_active=False)
    return world


def read_only() -> World:
    world = alice_alone()
    return world | {"key": basic_key(world["tenant"], "read")}


def bound() -> World:
    world = alice_alone()
    return world | {"key": basic_key(world["tenant"], person=world["member"].person)}


def over_the_limit() -> World:
    world = alice_alone()
    Plan.objects.filter(pk=world["tenant"].plan_id).update(calls_per_minute=1)
    admit(Tenant.objects.select_related("plan").get(pk=world["tenant"].pk), at=timezone.now())
    return world


WORLDS = {
    "nobody": nobody,
    "alice": alice_alone,
    "alice and dana": alice_and_dana,
    "alice in two programs": alice_twice,
    "alice has earned": alice_earned,
    "alice was removed": alice_removed,
    "alice is disabled": alice_disabled,
    "dana is known": dana_known,
    "dana is blocked": dana_blocked,
    "an inactive program": inactive_program,
    "a key that only reads": read_only,
    "a key bound to alice": bound,
    "a tenant over its limit": over_the_limit,
}
