"""How an ordinary customer comes: a click, a sign-up, and invoices month by month, told by Stripe."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from config.demo.people import BROWSERS, People, Somebody, new_address, new_visitor
from config.demo.seed.billing import bill
from config.demo.seed.members import REGION, payer_of
from config.demo.seed.world import Advocate, World
from config.demo.stripe_objects import MONTH, Payer, Price, checkout
from referrals.services.attributions import record_click
from referrals.services.people import upsert_person
from referrals.services.referrals import refer

PRICES = {
    "friends": [
        (Price(12_00, "USD", plan="Acme Solo"), 30), (Price(29_00, "USD", plan="Acme Team"), 34),
        (Price(79_00, "USD", plan="Acme Business"), 18), (Price(199_00, "USD", 16_42, plan="Acme Scale"), 8),
        (Price(290_00, "USD", plan="Acme Team, yearly"), 7), (Price(499_00, "USD", 41_17, plan="Acme Enterprise"), 3),
    ],
    "partners": [
        (Price(490_00, "EUR", 93_10, plan="Acme Business, 10 seats"), 40),
        (Price(1_250_00, "EUR", 237_50, plan="Acme Scale, 25 seats"), 35),
        (Price(2_400_00, "EUR", plan="Acme Scale, 50 seats"), 18),
        (Price(4_900_00, "EUR", 931_00, plan="Acme Enterprise"), 7),
    ],
    "japan": [
        (Price(1_980, "JPY", 198, plan="Acme Solo"), 45), (Price(4_980, "JPY", 498, plan="Acme Team"), 40),
        (Price(14_800, "JPY", 1_480, plan="Acme Business"), 15),
    ],
}  # fmt: skip
TRIAL = timedelta(days=14)
NEVER_PAYS, PAYS_AFTER_TRIAL = 0.22, 0.45  # the others pay at once
STAYS = 0.6
WITH_CHARGE = 0.1  # of the customers Stripe also tells the charge, with the card
SOURCES = (
    ("newsletter", "email", "spring-invite"), ("x", "social", ""), ("linkedin", "social", ""), ("", "", ""),
    ("youtube", "video", "review"), ("", "", ""),
)  # fmt: skip


@dataclass
class Journey:
    """One person on their way. What is suspicious about some of them overrides a field or a step."""

    world: World
    program: str
    advocate: Advocate
    somebody: Somebody
    payer: Payer
    price: Price
    ip: str
    browser: str
    visitor: str
    way: str = "checkout"  # or "coupon", or "api": the company's own sign-up form
    card: str = ""
    click_id: str = ""
    invoices: int = 0
    charge: str = ""  # of the last invoice, where Stripe told of it

    def click(self, at: datetime) -> None:
        source, medium, campaign = self.world.rng.choice(SOURCES)
        click = record_click(
            self.advocate.code,
            tenant=self.world.tenant,
            ip=self.ip,
            user_agent=self.browser,
            visitor=self.visitor,
            at=at,
            utm_source=source,
            utm_medium=medium,
            utm_campaign=campaign,
        )
        self.click_id = click.public_id

    def sign_up(self, at: datetime) -> None:
        if self.way == "api":
            person = upsert_person(
                self.world.tenant,
                external_id=self.somebody.user_id,
                at=at,
                first_name=self.somebody.first_name,
                last_name=self.somebody.last_name,
                email=self.somebody.email,
            )
            refer(self.world.programs[self.program], person, click_id=self.click_id, visitor=self.visitor, at=at)
            return
        coupon = self.advocate.coupon if self.way == "coupon" else ""
        session = checkout(
            self.payer,
            self.price,
            session_id=self.world.new_id("cs_live_a1", 56),
            invoice_id=self.world.new_id("in_1"),
            reference="" if coupon else self.click_id,
            coupon=coupon,
            at=at,
        )
        self.world.tell("checkout.session.completed", session, at=at)

    def pay(self, at: datetime) -> None:
        self.invoices += 1
        number = f"ACME-{self.invoices:04}"
        self.charge = bill(self.world, self.payer, self.price, number=number, card=self.card, at=at)
        if "yearly" not in self.price.plan and self.world.rng.random() < STAYS:
            self.world.timeline.add(at + MONTH, self.pay)


def plan_sign_ups(world: World, people: People) -> None:
    """Ordinary sign-ups of all programs."""
    programs = world.rng.choices(list(world.programs), (65, 18, 17), k=world.scale.sign_ups)
    for program, at in zip(programs, world.moments(world.scale.sign_ups), strict=True):
        world.timeline.add(at, partial(_set_out, world, people, program))


def _set_out(world: World, people: People, program: str, at: datetime) -> None:
    advocate = world.pick_advocate(program)
    if advocate is None:
        return
    journey = begin_journey(world, program, advocate, people.meet(REGION[program]), at=at)
    fate = world.rng.random()
    signed_up = at + timedelta(minutes=world.rng.choice((4, 9, 25, 130, 1500, 5800)))
    world.timeline.add(signed_up, journey.sign_up)
    if fate >= NEVER_PAYS:
        trial = TRIAL if fate < PAYS_AFTER_TRIAL else timedelta()
        world.timeline.add(signed_up + trial + timedelta(minutes=1), journey.pay)


def begin_journey(
    world: World, program: str, advocate: Advocate, somebody: Somebody, *, at: datetime, ip: str = "", way: str = ""
) -> Journey:
    """Somebody clicks on a member's link; what follows is the caller's."""
    prices, weights = zip(*PRICES[program], strict=True)
    journey = Journey(
        world=world,
        program=program,
        advocate=advocate,
        somebody=somebody,
        payer=payer_of(world, somebody),
        price=world.rng.choices(prices, weights)[0],
        ip=ip or new_address(world.rng),
        browser=world.rng.choice(BROWSERS),
        visitor=new_visitor(world.rng),
        way=way or world.rng.choices(("checkout", "coupon", "api"), (3, 2 if advocate.coupon else 0, 5))[0],
        card=world.new_id("", 16) if world.rng.random() < WITH_CHARGE else "",
    )
    journey.click(at)
    return journey
