"""The world that the seed plays: the company, its customers, and Stripe telling of them."""

import json
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from config.demo.people import Somebody
from config.demo.seed.timeline import Timeline
from config.demo.stripe import FakeStripe
from config.demo.stripe.call import shown
from config.demo.stripe_objects import StripeObject, event
from payouts.gateway import sign_event
from payouts.handlers.dispatch import handle_due
from payouts.services.inbox import receive
from referrals.models import Member, Program
from tenants.models import Tenant

ALPHANUMERIC = string.ascii_letters + string.digits
STEADY = 0.5  # the rest of all that happens grows with time
SATURDAY = 5
QUIET_WEEKENDS = 0.45


@dataclass(frozen=True)
class Scale:
    """How much of everything; tests play a small world."""

    days: int = 90
    friends: int = 155
    partners: int = 32
    japan: int = 38
    clicks: int = 2000
    sign_ups: int = 80
    suspects: int = 60
    crowds: int = 2
    queue: int = 40


@dataclass
class Advocate:
    """A member as the seed knows them: who they are, and how much they share; nothing by chance at a reach of zero."""

    member: Member
    somebody: Somebody
    code: str
    coupon: str = ""
    reach: float = 1.0
    customer: str = ""
    card: str = ""


@dataclass
class World:
    tenant: Tenant
    secret: str
    programs: dict[str, Program]
    staff: list[User]
    rng: Random
    timeline: Timeline
    scale: Scale
    start: datetime
    stripe: FakeStripe  # with the world's clock; what it knows in the end is handed over to the one that runs
    advocates: dict[str, list[Advocate]] = field(default_factory=dict)

    def new_id(self, prefix: str, length: int = 24) -> str:
        """An id as Stripe makes them."""
        return prefix + "".join(self.rng.choices(ALPHANUMERIC, k=length))

    def tell(self, kind: str, thing: StripeObject, *, at: datetime) -> None:
        """Something happened to an object at Stripe, which sends an event of it."""
        told = event(kind, shown(thing), event_id=self.new_id("evt_1"), at=at)
        self.stripe.put(told)
        self._deliver([told], at=at)

    def hear(self, *, at: datetime) -> None:
        """Stripe sends events of whatever happened there by itself, or was asked for."""
        self._deliver(self.stripe.take_events(), at=at)

    def _deliver(self, events: Iterable[StripeObject], *, at: datetime) -> None:
        """Signed events reach the inbox, and a worker handles them a moment later."""
        received = at + timedelta(seconds=1)
        for told in events:
            body = json.dumps(told)
            signature = sign_event(body, self.secret, at=received)
            receive(self.tenant.alias, body=body.encode(), signature=signature, at=received)
        handle_due(at=received + timedelta(seconds=2))

    def all_advocates(self) -> list[Advocate]:
        return [advocate for joined in self.advocates.values() for advocate in joined]

    def pick_advocate(self, program: str) -> Advocate | None:
        """A member who has joined by now; those with more reach are picked more often."""
        joined = self.advocates.get(program, [])
        return self.rng.choices(joined, [advocate.reach for advocate in joined])[0] if joined else None

    def moments(self, number: int, *, days: tuple[float, float] | None = None) -> list[datetime]:
        """So many moments between two days of the history, more of them later and on weekdays, in the daytime."""
        first, last = days or (0, self.scale.days)
        return sorted(self._moment(first, last) for _ in range(number))

    def _moment(self, first: float, last: float) -> datetime:
        while True:
            rising = self.rng.random() if self.rng.random() < STEADY else max(self.rng.random(), self.rng.random())
            noonish = min(86_399, max(0, self.rng.gauss(15, 4.5) * 3600))
            at = self.start + timedelta(days=int(first + (last - first) * rising), seconds=noonish)
            is_quiet = at.weekday() >= SATURDAY and self.rng.random() < QUIET_WEEKENDS
            if at < self.timeline.end and not is_quiet:
                return at
