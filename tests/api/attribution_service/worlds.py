"""The worlds of the Attribution service's recordings: a mentor of acme, `usr_4491` there, shares JAN-VERV-8F3A."""

from django.utils import timezone

from referrals.models import Code, Member
from referrals.services.members import enrol
from referrals.services.people import add_person
from tenants.models import Plan, Tenant
from tenants.services.keys import create_key
from tenants.services.limits import admit
from tests.api.recordings import World
from tests.cast import NOON, make_member, make_program, make_tenant

CODE = "JAN-VERV-8F3A"


def secret_of(tenant: Tenant, *, scope: str = "write") -> str:
    return create_key(tenant, scopes=[scope], at=NOON).secret


def make_mentor(tenant: Tenant, *, code: str = CODE) -> Member:
    return make_member(make_program(tenant), "usr_4491", code=code)


def mentor() -> World:
    member = make_mentor(make_tenant())
    return {"secret": secret_of(member.tenant)}


def mentor_without_an_id() -> World:
    """Known to acme by e-mail alone."""
    acme = make_tenant()
    person = add_person(acme, email="mia@mia.example", at=NOON)
    enrol(make_program(acme), person, code=CODE, at=NOON)
    return {"mentor": str(person.uid)}


def long_story() -> World:
    return mentor() | {"long_text": "x" * 64 * 1024}


def plan_used_up() -> World:
    acme = make_tenant()
    make_mentor(acme)
    Plan.objects.filter(pk=acme.plan_id).update(calls_per_minute=1)
    acme.plan.refresh_from_db()
    admit(acme, at=timezone.now())
    return {"secret": secret_of(acme)}


def inactive_code() -> World:
    world = mentor()
    Code.objects.update(is_active=False)
    return world


def reader() -> World:
    return {"secret": secret_of(make_mentor(make_tenant()).tenant, scope="read")}


def twin_tenants() -> World:
    """Charlie's globex uses the very same code and ids; `secret` is globex's."""
    make_mentor(make_tenant())
    globex = make_tenant("globex")
    make_mentor(globex)
    return {"secret": secret_of(globex)}


def code_of_another_tenant() -> World:
    make_mentor(make_tenant())
    return {"secret": secret_of(make_tenant("globex"))}


WORLDS = {
    "a mentor": mentor,
    "a mentor known by e-mail": mentor_without_an_id,
    "a mentor and 64 KiB of text": long_story,
    "a plan whose rate is used up": plan_used_up,
    "an inactive code": inactive_code,
    "a key that may only read": reader,
    "twin tenants": twin_tenants,
    "a code of another tenant": code_of_another_tenant,
}
