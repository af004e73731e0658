"""A member of whom a story is told, whose friends pay and then do not keep to it. Days are those of the history."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from config.demo.people import People
from config.demo.seed.journeys import Journey, begin_journey
from config.demo.seed.timeline import Act
from config.demo.seed.world import Advocate, World
from config.demo.stripe_objects import Price
from payouts.models import Payout


@dataclass
class Story:
    """The member, whom nobody else brings friends for, and those friends in the order of their payments."""

    world: World
    people: People
    advocate: Advocate
    friends: list[Journey] = field(default_factory=list)

    def on(self, day: float, act: Act) -> None:
        self.world.timeline.add(self.world.start + timedelta(days=day, hours=10), act)

    def befriend(self, day: float, price: Price) -> None:
        """A friend signs up and pays once, by card."""
        self.on(day, partial(self._bring, price))

    def refund(self, day: float, amount: int | None = None, *, friend: int = 0, fails_on: float = 0) -> None:
        """The company gives back a part of what a friend paid, or all; the card may turn out to be closed."""
        self.on(day, partial(self._refund, friend, amount, fails_on))

    def dispute(self, day: float, *, friend: int = 0, won_on: float = 0) -> None:
        """A friend's bank takes the money back, until the company wins it back."""
        self.on(day, partial(self._dispute, friend, won_on))

    def take_back(self, day: float, amount: int) -> None:
        """Somebody reverses a part of what was transferred to the member."""
        self.on(day, partial(self._take_back, amount))

    def payout(self, status: str) -> Payout:
        return Payout.objects.get(person=self.advocate.member.person, status=status)

    def _bring(self, price: Price, at: datetime) -> None:
        somebody = self.people.meet("US")
        friend = begin_journey(self.world, "friends", self.advocate, somebody, at=at, way="api")
        friend.price, friend.card = price, self.world.new_id("", 16)
        self.friends.append(friend)
        self.world.timeline.add(at + timedelta(minutes=6), friend.sign_up)
        self.world.timeline.add(at + timedelta(minutes=9), friend.pay)

    def _refund(self, friend: int, amount: int | None, fails_on: float, at: datetime) -> None:
        charge, status = self.friends[friend].charge, "pending" if fails_on else "succeeded"
        refund = object_of(self.world.stripe.refund(charge=charge, amount=amount, status=status))
        self.world.hear(at=at)
        if fails_on:
            self.on(fails_on, partial(self._fail, refund["id"]))

    def _fail(self, refund: str, at: datetime) -> None:
        self.world.stripe.fail_refund(refund)
        self.world.hear(at=at)

    def _dispute(self, friend: int, won_on: float, at: datetime) -> None:
        dispute = object_of(self.world.stripe.open_dispute(self.friends[friend].charge))
        self.world.hear(at=at)
        if won_on:
            self.on(won_on, partial(self._win, dispute["id"]))

    def _win(self, dispute: str, at: datetime) -> None:
        self.world.stripe.close_dispute(dispute, won=True)
        self.world.hear(at=at)

    def _take_back(self, amount: int, at: datetime) -> None:
        self.world.stripe.reverse_transfer(self.payout(Payout.Status.COMPLETED).stripe_id, amount=amount)
        self.world.hear(at=at)


def object_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What the first of some events is about."""
    thing: dict[str, Any] = events[0]["data"]["object"]
    return thing
