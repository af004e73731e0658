"""The worlds of the Attribution service's recordings: a mentor of acme, `usr_4491` there, shares JAN-VERV-8F3A."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from referrals.models import Attribution, Code, KeyBinding, Member, Person
from referrals.services.attributions import Click, record_click
from referrals.services.confirmations import confirm_touch, remove_touch
from referrals.services.members import enrol
from referrals.services.people import add_person
from tenants.models import Plan, Tenant
from tenants.services.keys import create_key
from tenants.services.limits import admit
from tests.api.recordings import World
from tests.cast import NOON, make_member, make_person, make_program, make_tenant

CODE = "JAN-VERV-8F3A"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
CLICKED = datetime(2026, 3, 20, 14, 22, tzinfo=UTC)
RECORDED = CLICKED + timedelta(seconds=1)
JOINED = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)


def secret_of(tenant: Tenant, *, scope: str = "write", person: Person | None = None) -> str:
    issued = create_key(tenant, scopes=[scope], at=NOON)
    if person:
        KeyBinding.objects.create(api_key=issued.key, person=person)
    return issued.secret


def make_click(tenant: Tenant, *, code: str = CODE, ip: str = "185.12.34.56", **fields: datetime) -> Click:
    """The click of the service's own example."""
    times = {"at": RECORDED, "occurred_at": CLICKED, **fields}
    return record_click(
        code, tenant=tenant, ip=ip, user_agent=PHONE, referrer_url="https://instagram.com", is_vouched_for=True, **times
    )


def touch_of(click: Click) -> Attribution:
    return Attribution.objects.select_related("tenant", "code", "member__program__tenant", "member__person").get(
        pk=click.id
    )


def make_conversion(click: Click, member_id: str = "usr_5892", *, at: datetime = JOINED) -> Attribution:
    code = touch_of(click).code.code
    return confirm_touch(touch_of(click), member_id, code=code, confirmed_at=at, at=at)


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


def a_click() -> World:
    member = make_mentor(make_tenant())
    click = make_click(member.tenant)
    keys = {scope: secret_of(member.tenant, scope=scope) for scope in ("read", "write")}
    bound = {
        "bound_read": secret_of(member.tenant, scope="read", person=member.person),
        "bound_write": secret_of(member.tenant, scope="write", person=member.person),
    }
    return {**keys, **bound, "click": click.public_id, "tenant": member.tenant, "member": member, "recorded": click}


def a_conversion() -> World:
    world = a_click()
    make_conversion(world["recorded"])
    return world


def a_removed_click() -> World:
    world = a_click()
    remove_touch(touch_of(world["recorded"]), at=JOINED)
    return world


def a_click_and_a_conversion() -> World:
    """As the service's example: a click of 20 March and, beside it, a conversion; Mia has one of her own."""
    world = a_click()
    tenant, member = world["tenant"], world["member"]
    second = make_click(tenant, ip="185.12.34.57", occurred_at=JOINED, at=JOINED + timedelta(seconds=1))
    make_conversion(second, at=JOINED)
    make_member(member.program, "usr_77", code="MIA-VERV-11AA")
    ninth = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    mias = make_click(tenant, code="MIA-VERV-11AA", ip="198.51.100.7", occurred_at=ninth, at=ninth)
    return world | {"conversion": second.public_id, "mias": mias.public_id, "mias_click": mias}


def a_click_of_mia_and_a_conversion() -> World:
    """`usr_5892` came by the mentor's click; Mia's is still pending."""
    return a_click_and_a_conversion() | {"taken": "usr_5892"}


def ninety_four_clicks() -> World:
    """Of which twelve brought somebody in, in a time of the service's example."""
    world = a_click()
    clicks = [make_click(world["tenant"], ip=f"185.12.35.{number}") for number in range(93)]
    for number, click in enumerate(clicks[:12]):
        make_conversion(click, f"usr_{number}")
    return world


def open_tenant() -> World:
    world = a_click_and_a_conversion()
    Tenant.objects.update(public_attributions=True)
    return world


def two_open_tenants() -> World:
    world = open_tenant()
    make_click(make_mentor(make_tenant("globex", public_attributions=True)).tenant)
    return world


def twins_with_clicks() -> World:
    """Charlie's globex has the very same code, mentor and new member; the keys are globex's, `click` is acme's."""
    world = a_conversion()
    globex = make_tenant("globex")
    click = make_click(make_mentor(globex).tenant)
    keys = {scope: secret_of(globex, scope=scope) for scope in ("read", "write")}
    return world | keys | {"of_globex": click.public_id}


def twin_without_clicks() -> World:
    world = a_conversion()
    globex = make_tenant("globex")
    make_mentor(globex)
    return world | {scope: secret_of(globex, scope=scope) for scope in ("read", "write")}


def a_blocked_newcomer() -> World:
    world = a_click()
    person = make_person(world["tenant"], "usr_5892")
    Person.objects.filter(pk=person.pk).update(blocked_at=NOON)
    return world


def a_robots_click() -> World:
    world = mentor()
    tenant = Tenant.objects.get()
    click = record_click(CODE, tenant=tenant, ip="185.12.34.56", user_agent="curl/8.0", at=RECORDED)
    Tenant.objects.update(public_attributions=True)
    return world | {"click": click.public_id}


def used_up_with_a_click() -> World:
    world = a_click()
    Plan.objects.filter(pk=world["tenant"].plan_id).update(calls_per_minute=1)
    world["tenant"].plan.refresh_from_db()
    admit(world["tenant"], at=timezone.now())
    return world


WORLDS = {
    "a mentor": mentor,
    "a mentor known by e-mail": mentor_without_an_id,
    "a mentor and 64 KiB of text": long_story,
    "a plan whose rate is used up": plan_used_up,
    "an inactive code": inactive_code,
    "a key that may only read": reader,
    "twin tenants": twin_tenants,
    "a code of another tenant": code_of_another_tenant,
    "a click": a_click,
    "a conversion": a_conversion,
    "a removed click": a_removed_click,
    "a click, a conversion and Mia's click": a_click_and_a_conversion,
    "a click of Mia's, and a person who came by another": a_click_of_mia_and_a_conversion,
    "94 clicks, 12 conversions": ninety_four_clicks,
    "a tenant open to the public": open_tenant,
    "two tenants open to the public": two_open_tenants,
    "twin tenants with clicks": twins_with_clicks,
    "twin tenants, one without clicks": twin_without_clicks,
    "a click, and a blocked newcomer": a_blocked_newcomer,
    "a robot's click, open to the public": a_robots_click,
    "a click, and a plan whose rate is used up": used_up_with_a_click,
}
