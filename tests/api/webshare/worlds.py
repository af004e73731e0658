"""The worlds of Webshare's recordings. Alice of acme refers people by her link ALICE and by her coupon SUMMER20."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from credits.models import Mode, RewardRule
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.programs import create_program
from credits.services.rules import add_rule
from referrals.models import Code, KeyBinding, Member, Moderation, Person, Program, Referral, Side
from referrals.services.members import add_code
from referrals.services.referrals import refer
from tenants.models import Plan, Tenant
from tenants.services.keys import create_key
from tenants.services.limits import admit
from tests.api.recordings import World
from tests.cast import NOON, make_member, make_person, make_referral, make_tenant, pay

MATURED = NOON + timedelta(days=31)


def token_of(tenant: Tenant, *, scope: str = "read", person: Person | None = None) -> str:
    issued = create_key(tenant, scopes=scope.split(), at=NOON)
    if person:
        KeyBinding.objects.create(api_key=issued.key, person=person)
    return issued.secret


def make_paying_program(tenant: Tenant, *, mode: str = Mode.CREDITS, name: str = "default") -> Program:
    """Only the referrer earns, 25% of each payment, so that one payment is one credit."""
    program = create_program(tenant, name=name, at=NOON)
    terms: dict[str, Any] = {"side": Side.REFERRER, "kind": RewardRule.Kind.PERCENTAGE, "initial_rate": Decimal("0.25")}
    add_rule(program, name="25%", mode=mode, at=NOON, **terms)
    return program


def make_coupon(member: Member, code: str) -> Code:
    return add_code(member, code, kind=Code.Kind.COUPON, at=NOON)


def refer_by(code: Code, name: str) -> Referral:
    return refer(code.member.program, make_person(code.tenant, name), code=code.code, at=NOON)


def credit_of(referral: Referral) -> int:
    return referral.rewards.get().pk


def nothing() -> World:
    return {"token": token_of(make_tenant())}


def plan_used_up() -> World:
    acme = make_tenant()
    Plan.objects.filter(pk=acme.plan_id).update(calls_per_minute=1)
    acme.plan.refresh_from_db()
    admit(acme, at=timezone.now())
    return {"token": token_of(acme)}


def key_that_may_only_write() -> World:
    return {"token": token_of(make_tenant(), scope="write")}


def pending_credit() -> World:
    """Dana came by Alice's link and paid 10.00."""
    acme = make_tenant()
    alice = make_member(make_paying_program(acme), "alice", code="ALICE")
    dana = make_referral(alice, "dana")
    pay(dana, 10_00)
    return {"token": token_of(acme), "alice": alice, "credit": credit_of(dana), "dana": dana.referred_id}


def pending_credit_from_a_coupon() -> World:
    acme = make_tenant()
    coupon = make_coupon(make_member(make_paying_program(acme), "alice", code="ALICE"), "SUMMER20")
    erin = refer_by(coupon, "erin")
    pay(erin, 49_00)
    return {"token": token_of(acme), "credit": credit_of(erin), "erin": erin.referred_id, "channel": coupon.pk}


def available_credit() -> World:
    world = pending_credit()
    assert mature_pending(at=MATURED) == 1
    return world


def reverted_credit() -> World:
    world = pending_credit()
    referral = Referral.objects.get(referred_id=world["dana"])
    moderate(referral, Side.REFERRER, Moderation.DENIED, actor="staff:bob", at=MATURED, reason="a friend of a friend")
    return world


def three_credits() -> World:
    """Dana (by link, 10.00, available), Erin (by coupon, 49.00, pending), Finn (by link, 4.00, pending, to pay out)."""
    world = available_credit()
    alice = world["alice"]
    coupon = make_coupon(alice, "SUMMER20")
    erin = refer_by(coupon, "erin")
    pay(erin, 49_00)
    program = make_paying_program(alice.tenant, mode=Mode.PAYOUT, name="cash")
    finn = make_referral(make_member(program, "alice", code="ALICECASH"), "finn")
    pay(finn, 4_00)
    return world | {
        "erin": erin.referred_id,
        "finn": finn.referred_id,
        "of_dana": world["credit"],
        "of_erin": credit_of(erin),
        "of_finn": credit_of(finn),
        "channel": coupon.pk,
    }


def credits_of_alice_and_anna() -> World:
    """A key bound to Anna, who earned one credit beside Alice's."""
    world = pending_credit()
    acme, program = world["alice"].tenant, world["alice"].program
    anna = make_member(program, "anna", code="ANNA")
    mine, theirs = make_coupon(anna, "MINE"), make_coupon(world["alice"], "THEIRS")
    gina = refer_by(mine, "gina")
    pay(gina, 8_00)
    return world | {
        "bound_token": token_of(acme, person=anna.person),
        "anna": anna.person_id,
        "of_anna": credit_of(gina),
        "gina": gina.referred_id,
        "mine": mine.pk,
        "theirs": theirs.pk,
    }


def twin_tenants() -> World:
    """Charlie's globex has the very same ids and codes as acme; `token` is globex's, the credit acme's."""
    world = pending_credit()
    coupon = make_coupon(world["alice"], "SUMMER20")
    globex = make_tenant("globex")
    charlie = make_member(make_paying_program(globex), "alice", code="ALICE")
    make_coupon(charlie, "SUMMER20")
    dana = make_referral(charlie, "dana")
    pay(dana, 6_00)
    return {
        "token": token_of(globex),
        "of_acme": world["credit"],
        "channel_of_acme": coupon.pk,
        "of_globex": credit_of(dana),
        "dana_of_globex": dana.referred_id,
    }


def twin_tenants_where_one_has_nothing() -> World:
    world = pending_credit()
    globex = make_tenant("globex")
    make_member(make_paying_program(globex), "alice", code="ALICE")
    return world | {"token": token_of(globex)}


WORLDS = {
    "a tenant without credits": nothing,
    "a plan whose rate is used up": plan_used_up,
    "a key that may only write": key_that_may_only_write,
    "a pending credit": pending_credit,
    "a pending credit from a coupon": pending_credit_from_a_coupon,
    "an available credit": available_credit,
    "a reverted credit": reverted_credit,
    "three credits": three_credits,
    "credits of Alice and Anna": credits_of_alice_and_anna,
    "twin tenants": twin_tenants,
    "twin tenants, one with nothing": twin_tenants_where_one_has_nothing,
}
