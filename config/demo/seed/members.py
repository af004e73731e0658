"""Members join: most before the history begins, the others as it goes on."""

from datetime import datetime, timedelta
from functools import partial

from config.demo.people import BROWSERS, People, Somebody, new_address
from config.demo.seed.world import Advocate, World
from config.demo.stripe_objects import Payer, Price, charge, customer
from referrals.models import Code
from referrals.services.attributions import device_of
from referrals.services.members import add_code, enrol
from referrals.services.people import note_device, upsert_person

REGION = {"friends": "US", "partners": "EU", "japan": "JP"}
EARLY = 0.6  # of all members
WITH_COUPON = 0.25
OWN_PLAN = Price(29_00, "USD")


def plan_members(world: World, people: People) -> None:
    """Put every member's joining on the timeline."""
    for program, number in wanted_members(world).items():
        early = round(number * EARLY)
        opening = world.start - timedelta(days=4)
        moments = [opening + timedelta(minutes=7 * index) for index in range(early)]
        for at in moments + world.moments(number - early):
            world.timeline.add(at, partial(_join, world, people, program))


def wanted_members(world: World) -> dict[str, int]:
    return {name: getattr(world.scale, name) for name in world.programs}


def _join(world: World, people: People, program: str, at: datetime) -> None:
    somebody = people.meet(REGION[program])
    advocate = enrol_advocate(world, program, somebody, at=at, reach=min(40.0, world.rng.paretovariate(1.3)))
    if world.rng.random() < WITH_COUPON:
        advocate.coupon = world.new_id("promo_1")
        add_code(
            advocate.member,
            f"{advocate.code}-SAVE",
            kind=Code.Kind.COUPON,
            at=at,
            description="For the newsletter",
            stripe_promotion_code=advocate.coupon,
        )


def enrol_advocate(world: World, program: str, somebody: Somebody, *, at: datetime, reach: float) -> Advocate:
    person = upsert_person(
        world.tenant,
        external_id=somebody.user_id,
        at=at,
        first_name=somebody.first_name,
        last_name=somebody.last_name,
        email=somebody.email,
        country=somebody.country,
    )
    code = f"{somebody.first_name.upper()}{somebody.user_id[-3:]}"
    advocate = Advocate(enrol(world.programs[program], person, code=code, at=at), somebody, code, reach=reach)
    world.advocates.setdefault(program, []).append(advocate)
    return advocate


def become_customer(world: World, advocate: Advocate, *, at: datetime) -> str:
    """The member pays for Acme too, so that Stripe has told of their card; returns its fingerprint."""
    if not advocate.card:
        payer = payer_of(world, advocate.somebody)
        advocate.customer, advocate.card = payer.customer, world.new_id("", 16)
        world.tell("customer.created", customer(payer, at=at), at=at)
        paid = charge(payer, OWN_PLAN, charge_id=world.new_id("ch_1"), card=advocate.card, at=at)
        world.tell("charge.succeeded", paid, at=at + timedelta(seconds=4))
    return advocate.card


def share_household(world: World, advocate: Advocate, *, at: datetime) -> str:
    """The address of a network on which the member has been seen, for somebody else to be seen on."""
    ip = new_address(world.rng)
    note_device(advocate.member.person, ip=ip, device=device_of(ip, BROWSERS[0]), at=at)
    return ip


def payer_of(world: World, somebody: Somebody) -> Payer:
    """Somebody becomes a customer of the company at Stripe."""
    payer = Payer(world.new_id("cus_", 14), somebody.user_id, somebody.name, somebody.email, somebody.country)
    world.stripe.put(customer(payer, at=world.timeline.now) | {"invoice_credit_balance": {}})
    return payer
