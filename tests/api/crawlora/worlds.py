"""The worlds of Crawlora's recordings: Alice refers people to acme with the code 9F0C21AB77D3; Erin's is in review."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.db import connection
from django.utils import timezone

from credits.models import Reward
from credits.services.recovery import recover_grants
from credits.services.verdicts import approve_held, reject_held
from referrals.models import Code, Identifier, KeyBinding, Member, Person, Program, Referral
from referrals.services.attributions import record_click
from referrals.services.members import enrol
from referrals.services.named_clicks import record_named_click
from referrals.services.people import note_identifier
from referrals.services.referrals import expire_referrals, refer
from tenants.models import Plan, Tenant
from tenants.services.keys import create_key
from tenants.services.limits import admit
from tests.api.recordings import World
from tests.cast import NOON, make_member, make_person, make_program, make_tenant, pay

CODE = "9F0C21AB77D3"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
PAID = NOON + timedelta(days=1)
DECIDED = NOON + timedelta(days=2)
SAME = "same_stripe_customer"


def secret_of(tenant: Tenant, *scopes: str, person: Person | None = None) -> str:
    issued = create_key(tenant, scopes=list(scopes), at=NOON)
    if person:
        KeyBinding.objects.create(api_key=issued.key, person=person)
    return issued.secret


def token_of(
    tenant: Tenant, subject: Any, /, *, secret: str = "", until: timedelta | None = None, **claims: Any
) -> str:
    until = timedelta(hours=1) if until is None else until
    claims = {"sub": subject, "exp": int((timezone.now() + until).timestamp()), **claims}
    return jwt.encode(claims, secret or tenant.member_token_secret, algorithm="HS256")


def keys_of(member: Member) -> World:
    tenant = member.tenant
    admin = create_key(tenant, scopes=["admin"], at=NOON)
    return {
        "admin": admin.secret,
        "admin_key": f"key:{admin.key.public_key}",
        "writer": secret_of(tenant, "read", "write"),
        "bound": secret_of(tenant, "read", person=member.person),
        "bound_admin": secret_of(tenant, "admin", person=member.person),
        "token": token_of(tenant, "user-2"),
        "tenant": tenant,
        "alice": member,
    }


def sign_up(member: Member, name: str, *, number: int = 1, campaign: str = "june", at: datetime = NOON) -> Referral:
    """By a click an hour before, of a campaign."""
    click = record_click(
        CODE,
        tenant=member.tenant,
        ip=f"198.51.100.{number}",
        user_agent=PHONE,
        landing_path="/docs",
        utm_source="newsletter",
        utm_medium="email",
        utm_campaign=campaign,
        at=at - timedelta(hours=1),
    )
    return refer(member.program, make_person(member.tenant, name), click_id=click.public_id, at=at)


def share_customer(referral: Referral) -> None:
    """Both people pay with one Stripe customer, so that a payment is held."""
    for person in (referral.referrer.person, referral.referred):
        note_identifier(person, Identifier.Kind.STRIPE_CUSTOMER, "cus_shared", at=NOON)


def member() -> World:
    return keys_of(make_member(make_program(make_tenant()), "user-2", code=CODE))


def a_sign_up() -> World:
    world = member()
    return world | {"referral": str(sign_up(world["alice"], "user-8").uid)}


def held() -> World:
    world = member()
    referral = sign_up(world["alice"], "user-8")
    share_customer(referral)
    pay(referral, 100_00, key="in_123", at=PAID)
    referral.refresh_from_db()
    return world | {"referral": str(referral.uid), "held": referral}


def approved() -> World:
    world = held()
    approve_held(world["held"], actor="key:admin-1", at=DECIDED)
    return world | reward_ids(world["held"])


def rejected() -> World:
    world = held()
    reject_held(world["held"], actor="key:admin-1", at=DECIDED, reason="shared card")
    return world


def rewarded() -> World:
    world = member()
    referral = sign_up(world["alice"], "user-8")
    pay(referral, 100_00, key="in_123", at=PAID)
    return world | {"referral": str(referral.uid), "rewarded": referral} | reward_ids(referral)


def reward_ids(referral: Referral) -> World:
    return {f"of_{reward.side}": str(reward.uid) for reward in Reward.objects.filter(referral=referral)}


def set_full(*, full: bool) -> None:
    """The database refuses ledger entries, as a full disk would; or has room again."""
    with connection.cursor() as cursor:
        if not full:
            cursor.execute("DROP FUNCTION refuse CASCADE")
            return
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute("CREATE TRIGGER full_disk BEFORE INSERT ON credits_ledgerentry EXECUTE FUNCTION refuse()")


def failed() -> World:
    """A grant failed; by now it would not."""
    world = member()
    referral = sign_up(world["alice"], "user-8")
    set_full(full=True)
    pay(referral, 100_00, key="in_123", at=PAID)
    set_full(full=False)
    return world | {"referral": str(referral.uid), "failed": referral}


def failing() -> World:
    """A grant failed, and would fail again."""
    world = failed()
    set_full(full=True)
    return world


def recovered() -> World:
    world = failed()
    recover_grants(world["tenant"], at=DECIDED, limit=200)
    return world


def capped() -> World:
    """Alice may earn for one referral, and has."""
    world = member()
    Program.objects.update(lifetime_cap=1)
    world["alice"].program.refresh_from_db()
    first = sign_up(world["alice"], "user-7", number=7)
    pay(first, 100_00, key="in_122", at=PAID)
    referral = sign_up(world["alice"], "user-8")
    share_customer(referral)
    pay(referral, 100_00, key="in_123", at=PAID)
    return world | {"referral": str(referral.uid)}


def funnel() -> World:
    """Of June's campaign one signed up, one is rewarded and one is held; of July's one lapsed; four more clicked."""
    world = member()
    alice = world["alice"]
    lapsed = sign_up(alice, "user-5", number=5, campaign="july", at=NOON - timedelta(days=60))
    expire_referrals(at=NOON)
    pending = sign_up(alice, "user-6", number=6)
    paid = sign_up(alice, "user-7", number=7)
    pay(paid, 100_00, key="in_122", at=PAID)
    doubted = sign_up(alice, "user-8", number=8)
    share_customer(doubted)
    pay(doubted, 50_00, key="in_123", at=PAID)
    for number in range(4):
        record_click(CODE, tenant=alice.tenant, ip=f"203.0.113.{number}", user_agent=PHONE, at=NOON)
    record_click(CODE, tenant=alice.tenant, ip="203.0.113.9", user_agent="Googlebot/2.1", at=NOON)
    named = {"lapsed": lapsed, "pending": pending, "paid": paid, "doubted": doubted}
    clicks = {f"click_of_{name}": f"refclk_{one.attribution_id:x}" for name, one in named.items()}
    return world | {name: str(one.uid) for name, one in named.items()} | clicks | reward_ids(paid)


def alice_was_referred() -> World:
    """Zoe brought Alice in, who brought in user-8 and has a key of her own."""
    world = member()
    zoe = make_member(world["alice"].program, "zoe", code="ZOE")
    into = refer(zoe.program, world["alice"].person, code="ZOE", at=NOON - timedelta(days=3))
    return world | {"into": str(into.uid), "referral": str(sign_up(world["alice"], "user-8").uid)}


def twins() -> World:
    """Charlie's globex has the very same ids and codes; the keys are globex's, the referral acme's."""
    world = held()
    globex = make_member(make_program(make_tenant("globex")), "user-2", code=CODE)
    theirs = sign_up(globex, "user-8")
    return world | keys_of(globex) | {"of_globex": str(theirs.uid)}


def twin_without_referrals() -> World:
    world = held()
    return world | keys_of(make_member(make_program(make_tenant("globex")), "user-2", code=CODE))


def tokens() -> World:
    """Of every kind that is refused."""
    world = member()
    acme = world["tenant"]
    globex = make_tenant("globex")
    return world | {
        "expired": token_of(acme, "user-2", until=timedelta(seconds=-1)),
        "without_exp": jwt.encode({"sub": "user-2"}, acme.member_token_secret, algorithm="HS256"),
        "early": token_of(acme, "user-2", nbf=int(timezone.now().timestamp()) + 600),
        "forged": token_of(acme, "user-2", secret="somebody else's secret of 32 bytes"),
        "unsigned": jwt.encode({"sub": "user-2", "exp": 4102444800}, "", algorithm="none"),
        "of_another_tenant": token_of(globex, "user-2", tenant="acme"),
        "for_another_tenant": token_of(acme, "user-2", tenant="globex"),
        "without_sub": token_of(acme, None),
        "with_tenant": token_of(acme, "user-2", tenant="acme"),
        "newcomer": token_of(acme, "user-99"),
        "by_uid": token_of(acme, str(world["alice"].person.uid)),
    }


def no_program() -> World:
    acme = make_tenant()
    return {"token": token_of(acme, "user-2")}


def removed_program() -> World:
    world = tokens()
    Program.objects.update(is_active=False)
    return world


def used_up() -> World:
    world = held()
    Plan.objects.filter(pk=world["tenant"].plan_id).update(calls_per_minute=1)
    world["tenant"].plan.refresh_from_db()
    admit(world["tenant"], at=timezone.now())
    return world


def inactive_code() -> World:
    world = member()
    Code.objects.update(is_active=False)
    return world


def named_click() -> World:
    """A click that its client called refclk_abc123, an hour ago."""
    world = member()
    touch = {"ip": "198.51.100.1", "user_agent": PHONE, "at": datetime(2026, 6, 1, tzinfo=UTC)}
    record_named_click(CODE, name="refclk_abc123", tenant=world["tenant"], **touch)
    return world


def shared_code() -> World:
    """Two tenants have the code, and nothing tells whose is meant."""
    world = member()
    globex = make_tenant("globex")
    enrol(make_program(globex), make_person(globex, "user-2"), code=CODE, at=NOON)
    return world


WORLDS = {
    "a member": member,
    "a sign-up": a_sign_up,
    "a held referral": held,
    "an approved referral": approved,
    "a rejected referral": rejected,
    "a rewarded referral": rewarded,
    "a failed grant": failed,
    "a grant that fails": failing,
    "a recovered grant": recovered,
    "a held referral of a capped referrer": capped,
    "a funnel": funnel,
    "a member who was referred": alice_was_referred,
    "twin tenants": twins,
    "twin tenants, one without referrals": twin_without_referrals,
    "tokens": tokens,
    "a tenant without a program": no_program,
    "a tenant whose program is inactive": removed_program,
    "a plan whose rate is used up": used_up,
    "an inactive code": inactive_code,
    "a named click": named_click,
    "a code that two tenants have": shared_code,
}
