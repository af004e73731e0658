"""The cases worth a reviewer's time: each story leaves the marks that a risk rule looks for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from config.demo.people import THROW_AWAY, People, Somebody
from config.demo.seed.journeys import Journey, begin_journey
from config.demo.seed.members import REGION, become_customer, enrol_advocate, payer_of, share_household
from config.demo.seed.world import Advocate, World
from config.demo.stripe_objects import Price, customer, invoice

BURST = 13  # sign-ups of one member in a day, of which every third pays
BURST_PAYS_EVERY = 3
STAR_SIGN_UPS = 9  # in one calendar month, three more than the cap allows


@dataclass(frozen=True)
class Scene:
    world: World
    people: People
    program: str
    advocate: Advocate
    at: datetime

    def meet(self, domain: str = "") -> Somebody:
        return self.people.meet(REGION[self.program], domain=domain)

    def begin(self, somebody: Somebody, *, ip: str = "", way: str = "checkout") -> Journey:
        return begin_journey(self.world, self.program, self.advocate, somebody, at=self.at, ip=ip, way=way)


def use_same_card(scene: Scene) -> Journey:
    journey = scene.begin(scene.meet())
    journey.card = become_customer(scene.world, scene.advocate, at=scene.at)
    return journey


def use_same_card_at_home(scene: Scene) -> Journey:
    journey = scene.begin(scene.meet(), ip=share_household(scene.world, scene.advocate, at=scene.at))
    journey.card = become_customer(scene.world, scene.advocate, at=scene.at)
    return journey


def use_same_customer(scene: Scene) -> Journey:
    journey = scene.begin(scene.meet())
    become_customer(scene.world, scene.advocate, at=scene.at)
    journey.payer = replace(journey.payer, customer=scene.advocate.customer)
    return journey


def use_same_mailbox(scene: Scene) -> Journey:
    return scene.begin(replace(scene.meet(), email=scene.advocate.somebody.email.title()), way="api")


def use_throw_away_address(scene: Scene) -> Journey:
    return scene.begin(scene.meet(scene.world.rng.choice(THROW_AWAY)))


def resemble_the_member(scene: Scene) -> Journey:
    """Nearly the member's own name, from the member's own network."""
    member, stranger = scene.advocate.somebody, scene.meet()
    last_name = member.last_name.replace(member.last_name[2], member.last_name[2] * 2, 1)
    email = f"{member.first_name[0]}.{last_name}@{stranger.email.partition('@')[2]}".lower()
    double = replace(stranger, first_name=member.first_name, last_name=last_name, email=email)
    return scene.begin(double, ip=share_household(scene.world, scene.advocate, at=scene.at))


STORIES: tuple[tuple[Callable[[Scene], Journey], str], ...] = (
    (use_same_card, "friends"),
    (resemble_the_member, "friends"),
    (use_throw_away_address, "friends"),
    (use_same_card, "partners"),
    (use_same_mailbox, "friends"),
    (use_same_card_at_home, "friends"),
    (resemble_the_member, "partners"),
    (use_same_mailbox, "japan"),
    (use_same_customer, "friends"),
    (use_throw_away_address, "partners"),
    (use_same_card, "japan"),
    (use_throw_away_address, "friends"),
)


def plan_suspects(world: World, people: People) -> None:
    """Every story in turn, so that even a small world has some of each; and those that take more than one scene."""
    moments = world.moments(world.scale.suspects, days=(8, world.scale.days))
    for number, at in enumerate(moments):
        story, program = STORIES[number % len(STORIES)]
        world.timeline.add(at, partial(_play, world, people, story, program))
    for at in world.moments(max(1, world.scale.suspects // 12), days=(5, world.scale.days - 14)):
        world.timeline.add(at, partial(_pay_before_being_referred, world, people))
    for number in range(world.scale.crowds):
        share = (number + 1) / (world.scale.crowds + 0.1)  # the last one lately
        at = world.start + timedelta(days=int(world.scale.days * share), hours=9)
        world.timeline.add(at, partial(_bring_a_crowd, world, people))
    for at in world.moments(max(1, world.scale.suspects // 25), days=(20, world.scale.days)):
        world.timeline.add(at, partial(_pay_in_another_currency, world, people))
    world.timeline.add(world.timeline.end - timedelta(hours=20), partial(_pay_unreferred, world, people))
    world.timeline.add(world.start, partial(_rise_to_a_star, world, people))


def _play(world: World, people: People, story: Callable[[Scene], Journey], program: str, at: datetime) -> None:
    advocate = world.pick_advocate(program)
    if advocate:
        _carry_on(story(Scene(world, people, program, advocate, at)), at)


def _carry_on(journey: Journey, at: datetime) -> None:
    signed_up = at + timedelta(minutes=journey.world.rng.choice((3, 6, 11, 40)))
    journey.world.timeline.add(signed_up, journey.sign_up)
    journey.world.timeline.add(signed_up + timedelta(minutes=2), journey.pay)


def _pay_before_being_referred(world: World, people: People, at: datetime) -> None:
    """An old customer who lets a friend refer them. That nobody had before, takes the inbox days to be sure of."""
    somebody = _pay_unreferred(world, people, at)
    world.timeline.add(at + timedelta(days=12), partial(_come_back, world, people, somebody))


def _pay_unreferred(world: World, people: People, at: datetime) -> Somebody:
    """A customer who names no code: the invoice is parked, in case the news of a referral comes late."""
    somebody = people.meet("US")
    payer, price = payer_of(world, somebody), Price(29_00, "USD")
    world.tell("customer.created", customer(payer, at=at), at=at)
    paid_at = at + timedelta(seconds=9)
    world.tell("invoice.paid", invoice(payer, price, invoice_id=world.new_id("in_1"), at=paid_at), at=paid_at)
    return somebody


def _come_back(world: World, people: People, somebody: Somebody, at: datetime) -> None:
    advocate = world.pick_advocate("friends")
    if advocate:
        _carry_on(Scene(world, people, "friends", advocate, at).begin(somebody), at)


def _bring_a_crowd(world: World, people: People, at: datetime) -> None:
    """More sign-ups of one member within hours than a person usually knows."""
    advocate = world.pick_advocate("friends")
    if advocate is None:
        return
    for number in range(BURST):
        moment = at + timedelta(minutes=23 * number)
        world.timeline.add(moment, partial(_join_the_crowd, world, people, advocate, number))


def _join_the_crowd(world: World, people: People, advocate: Advocate, number: int, at: datetime) -> None:
    journey = Scene(world, people, "friends", advocate, at).begin(people.meet("US"), way="api")
    world.timeline.add(at + timedelta(minutes=5), journey.sign_up)
    if number % BURST_PAYS_EVERY == 0:
        world.timeline.add(at + timedelta(hours=8), journey.pay)


def _pay_in_another_currency(world: World, people: People, at: datetime) -> None:
    """A partner's client in London: qualified, but the program's terms reward euros only."""
    advocate = world.pick_advocate("partners")
    if advocate:
        journey = Scene(world, people, "partners", advocate, at).begin(people.meet("EU"), way="api")
        journey.price = Price(420_00, "GBP", 84_00, plan="Acme Business, 10 seats")
        _carry_on(journey, at)


def _rise_to_a_star(world: World, people: People, at: datetime) -> None:
    """A member who in the last full month brings more paying friends than the program's monthly cap rewards."""
    star = enrol_advocate(world, "friends", people.meet("US"), at=at, reach=12)
    month = (world.timeline.end.replace(day=1) - timedelta(days=1)).replace(day=1, hour=10, minute=0)
    for number in range(STAR_SIGN_UPS):
        world.timeline.add(month + timedelta(days=2.6 * number), partial(_follow_the_star, world, people, star))


def _follow_the_star(world: World, people: People, star: Advocate, at: datetime) -> None:
    _carry_on(Scene(world, people, "friends", star, at).begin(people.meet("US"), way="api"), at)
