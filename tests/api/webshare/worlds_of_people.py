"""Worlds in which people act for themselves: their config, their coupons, their earn-outs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from credits.models import Mode, RewardRule
from credits.services.maturation import mature_pending
from credits.services.programs import create_program
from credits.services.rules import add_rule
from payouts.models import PayoutMethod
from payouts.services.methods import create_default_methods, create_method
from payouts.services.preferences import set_preferences
from payouts.services.release import mark_failed, mark_paid
from payouts.services.requests import request_payout
from payouts.services.settlement import cancel_payout
from referrals.models import Code, Member, Person, Program, Side
from referrals.services.coupons import apply_coupon
from referrals.services.members import add_code
from referrals.services.standing import block_person
from tenants.models import Tenant
from tenants.services.limits import throttle
from tests.api.recordings import World
from tests.api.webshare.worlds import MATURED, refer_by, token_of
from tests.cast import NOON, make_member, make_person, make_referral, make_tenant, pay

BOTH = "read write"
DAY = timedelta(days=1)
NEVER = datetime(2999, 1, 1, tzinfo=UTC)


def make_company(tenant: Tenant) -> Program:
    """A program that pays Webshare's own terms: 25% of each payment, 100.00 at most, after 30 days, each week."""
    program = create_program(tenant, name="default", at=NOON)
    terms: dict[str, Any] = {"side": Side.REFERRER, "kind": RewardRule.Kind.PERCENTAGE, "initial_rate": Decimal("0.25")}
    add_rule(program, name="25%", at=NOON, max_per_referred=100_00, mode=Mode.CREDITS, **terms)
    create_default_methods(program, at=NOON)
    return program


def of_alice(tenant: Tenant | None = None) -> World:
    """Alice, who has referred nobody yet, with keys of her own; and the tenant's own key."""
    acme = tenant or make_tenant()
    alice = make_member(make_company(acme), "alice", code="ALICE")
    return {
        "acme": acme,
        "alice": alice,
        "alice_id": alice.person_id,
        "member": alice.pk,
        "token": token_of(acme, scope=BOTH, person=alice.person),
        "reading_token": token_of(acme, person=alice.person),
        "tenant_token": token_of(acme, scope=BOTH),
    }


def config_of_somebody_new() -> World:
    world = of_alice()
    newcomer = make_person(world["acme"], "nora")
    return world | {"token": token_of(world["acme"], person=newcomer)}


def config_with_earnings() -> World:
    """Dana paid 10.00, which is past its hold; Erin 8.00, which is not; Finn signed up. The link saves 10% at first."""
    world = of_alice()
    alice = world["alice"]
    alice.codes.update(discount_rate=Decimal("0.1"))
    pay(make_referral(alice, "dana"), 10_00)
    assert mature_pending(at=MATURED) == 1
    pay(make_referral(alice, "erin"), 8_00)
    make_referral(alice, "finn")
    return world | {"program": alice.program_id}


def config_for_money() -> World:
    """Alice chose money, paid to pay@shop.test; the program pays by hand each month."""
    world = of_alice()
    alice = world["alice"]
    alice.program.payout_methods.filter(kind=PayoutMethod.Kind.MANUAL).delete()
    monthly: dict[str, Any] = {"schedule": PayoutMethod.Schedule.MONTHLY, "minimum_amount": 25_50}
    create_method(alice.program, name="PayPal", kind=PayoutMethod.Kind.MANUAL, at=NOON, **monthly)
    choose_money(alice.person)
    pay(make_referral(alice, "dana"), 10_00)
    mature_pending(at=MATURED)
    return world


def choose_money(person: Person, email: str = "pay@shop.test") -> None:
    set_preferences(person, mode=Mode.PAYOUT, default_mode=Mode.CREDITS, email=email, actor="test", at=NOON + 2 * DAY)


def company_without_a_program() -> World:
    acme = make_tenant()
    nora = make_person(acme, "nora")
    return {"token": token_of(acme, scope=BOTH, person=nora), "tenant_token": token_of(acme), "nora": nora.pk}


def two_companies() -> World:
    """Charlie's globex has the very same ids and codes as acme; the tokens are globex's, the ids acme's."""
    theirs = channels_in_use()
    payout = earn_out(theirs["alice"])
    globex = of_alice(make_tenant("globex"))
    coupon = add_coupon(globex["alice"], "SUMMER20")
    return globex | {
        "channel": coupon.pk,
        "channel_of_acme": theirs["summer"],
        "alice_of_acme": theirs["alice_id"],
        "earn_out_of_acme": payout.pk,
    }


def add_coupon(member: Member, code: str, **fields: Any) -> Code:
    return add_code(member, code, kind=Code.Kind.COUPON, at=NOON, **fields)


def coupons_to_apply() -> World:
    """Dana, who pays acme, has a key and a coupon of her own; she has redeemed USED."""
    world = of_alice()
    alice = world["alice"]
    add_coupon(alice, "SUMMER20", discount_rate=Decimal("0.2"), description="Summer")
    add_coupon(alice, "TEN", discount_amount=10_00, discount_recurs=True)
    add_coupon(alice, "PAUSED", is_active=False)
    add_coupon(alice, "SOON", starts_at=NEVER)
    add_coupon(alice, "PAST", ends_at=NOON)
    add_coupon(alice, "PAUSEDPAST", is_active=False, ends_at=NOON)
    used = add_coupon(alice, "USED")
    dana = make_member(alice.program, "dana", code="DANA")
    add_coupon(dana, "DANASOWN")
    add_coupon(dana, "DANASPAST", ends_at=NOON)
    pay(refer_by(used, "dana"), 10_00)
    return world | {
        "token": token_of(world["acme"], scope=BOTH, person=dana.person),
        "dana": dana.person_id,
        "dana_person": dana.person,
    }


def coupon_applied() -> World:
    world = coupons_to_apply()
    apply_coupon(world["dana_person"], "SUMMER20", at=NOON)
    return world


def recurring_coupon_redeemed() -> World:
    """Erin applied TEN, which recurs, and paid."""
    world = coupons_to_apply()
    erin = make_person(world["acme"], "erin")
    apply_coupon(erin, "TEN", at=NOON)
    referral = erin.referred_by.get()
    pay(referral, 20_00)
    return world | {"token": token_of(world["acme"], scope=BOTH, person=erin)}


def five_coupons_tried() -> World:
    world = coupons_to_apply()
    for _ in range(5):
        assert throttle(f"coupon:{world['dana']}", limit=5) == 0
    return world


def blocked_person() -> World:
    world = coupons_to_apply()
    block_person(world["dana_person"], at=NOON, actor="staff:bob")
    return world


def channels_in_use() -> World:
    """Dana came by SUMMER20 and paid 10.00 and 30.00; Erin, whom Alice's link brought, redeemed it with 20.00, after
    5.00 without; Gina, whom Anna's link brought, redeemed it too. MINE of Anna's is not used.
    """
    world = of_alice()
    alice = world["alice"]
    summer = add_coupon(alice, "SUMMER20", discount_rate=Decimal("0.2"), ends_at=NEVER)
    dana = refer_by(summer, "dana")
    pay(dana, 10_00)
    pay(dana, 30_00)
    erin = make_referral(alice, "erin")
    pay(erin, 5_00)
    apply_coupon(erin.referred, "SUMMER20", at=NOON + DAY)
    pay(erin, 20_00, at=NOON + 2 * DAY)
    anna = make_member(alice.program, "anna", code="ANNA")
    gina = make_referral(anna, "gina")
    apply_coupon(gina.referred, "SUMMER20", at=NOON)
    pay(gina, 40_00)
    mine = add_coupon(anna, "MINE", discount_amount=10_00, discount_recurs=True, description="For friends")
    return world | {
        "summer": summer.pk,
        "mine": mine.pk,
        "anna_token": token_of(world["acme"], person=anna.person),
        "anna": anna.person_id,
        "dana_paid": dana,
    }


def earn_out(member: Member, *, amount: int = 42_00) -> Any:
    """A payout by hand of what somebody new earned the member."""
    number = member.referrals.count()
    at = NOON + number * DAY
    pay(make_referral(member, f"{member.person.external_id}s-friend{number}", at=at), 4 * amount, at=at)
    mature_pending(at=at + 31 * DAY)
    method = member.program.payout_methods.get(kind=PayoutMethod.Kind.MANUAL)
    return request_payout(member.person, method, actor="system", at=at + 31 * DAY)


def four_earn_outs() -> World:
    """One paid, one refused, one called off, one under way; and one of Anna's."""
    world = of_alice()
    alice = world["alice"]
    choose_money(alice.person)
    later = NOON + 60 * DAY
    paid = mark_paid(earn_out(alice, amount=20_00), actor="staff:bob", reference="PP-1", at=later)
    refused = mark_failed(earn_out(alice, amount=22_00), actor="staff:bob", error="recipient refused", at=later)
    cancelled = cancel_payout(request_again(alice), actor="staff:bob", at=later)
    waiting = request_again(alice)
    anna = make_member(alice.program, "anna", code="ANNA")
    of_anna = earn_out(anna, amount=12_50)
    return world | {
        "paid": paid.pk,
        "refused": refused.pk,
        "cancelled": cancelled.pk,
        "waiting": waiting.pk,
        "of_anna": of_anna.pk,
        "anna": anna.person_id,
    }


def request_again(member: Member) -> Any:
    method = member.program.payout_methods.get(kind=PayoutMethod.Kind.MANUAL)
    return request_payout(member.person, method, actor="system", at=NOON + 59 * DAY)


def codes_anybody_may_ask_for() -> World:
    """ALICE saves 10% at first, ANNA 10.00 always, HALF 12.5% always; DISABLED is a member's who may not refer."""
    world = of_alice()
    program = world["alice"].program
    world["alice"].codes.update(discount_rate=Decimal("0.1"))
    make_member(program, "anna", code="ANNA").codes.update(discount_amount=10_00, discount_recurs=True)
    make_member(program, "henry", code="HALF").codes.update(discount_rate=Decimal("0.125"), discount_recurs=True)
    make_member(program, "zoe", code="PLAIN")
    disabled = make_member(program, "dora", code="DISABLED")
    Member.objects.filter(pk=disabled.pk).update(status=Member.Status.DISABLED)
    return world


def one_code_of_two_companies() -> World:
    of_alice(make_tenant("globex"))
    return of_alice()


def codes_asked_too_often() -> World:
    world = codes_anybody_may_ask_for()
    while not throttle("code_info:127.0.0.1", limit=settings.CLICKS_PER_MINUTE):
        pass
    return world


WORLDS = {
    "Alice's config": of_alice,
    "Nora, who is no member": config_of_somebody_new,
    "Alice's config with earnings": config_with_earnings,
    "Alice's config for money": config_for_money,
    "a company without a program": company_without_a_program,
    "two companies": two_companies,
    "coupons to apply": coupons_to_apply,
    "a coupon applied": coupon_applied,
    "a recurring coupon redeemed": recurring_coupon_redeemed,
    "five coupons tried": five_coupons_tried,
    "a blocked person": blocked_person,
    "channels in use": channels_in_use,
    "four earn-outs": four_earn_outs,
    "codes anybody may ask for": codes_anybody_may_ask_for,
    "one code of two companies": one_code_of_two_companies,
    "codes asked too often": codes_asked_too_often,
}
