"""Every order in which Stripe may tell of a payment and of how it went back ends in the same books.

A story of n events has n! orders, and more with events told twice. They are walked as the lattice of their subsets:
from each set of events that were handled, each further one is handled inside a savepoint, and each that was handled
before once again. All rows that can influence what follows must be the same whichever way a set was reached, and a
repeated event must change none of them; so, by induction over the sets, all n! orders and all repetitions end the same.
What they end in is compared with a model that knows no order at all, in reversal_model.py.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import factorial

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings

from credits.models import Payment, Reward, RewardRule
from credits.services.books import check_books
from credits.services.programs import create_program
from credits.services.rules import add_rule
from payouts.handlers.dispatch import handle
from payouts.models import StripeEvent
from payouts.services.inbox import store_event
from referrals.models import Identifier, Person, Program, Side
from referrals.services.people import note_identifier
from tests.cast import NOON, make_member, make_referral, make_tenant
from tests.flows.reversal_model import UNDONE, expect
from tests.flows.reversal_stories import Story, Told, stories

LATER = NOON + timedelta(hours=1)
# A story that fails is short enough as it is: to look for a shorter one would take as long as many tests.
QUICKLY = {"deadline": None, "database": None, "phases": [Phase.generate], "suppress_health_check": list(HealthCheck)}
PERMUTATIONS = 20_000
RICH, MUCH = 6, 100

# All that can influence what happens next, without the keys, ids and times that differ from one order to another.
STATE = """
SELECT 'payment', (SELECT array_agg(n.name ORDER BY n.name) FROM credits_paymentname n WHERE n.payment_id = p.id)::text,
       a.key, p.paid_amount::text, p.returned_amount::text, (p.disputed_at IS NULL)::text,
       (SELECT array_agg(ROW(r.kind, r.key, r.charge, r.state, r.amount, r.told_at)::text ORDER BY r.kind, r.key)
        FROM credits_reversal r WHERE r.payment_id = p.id)::text
FROM credits_payment p LEFT JOIN referrals_action a ON a.id = p.action_id
UNION ALL
SELECT 'action', key, kind, amount::text, currency, reversed_amount::text, occurred_at::text FROM referrals_action
UNION ALL
SELECT 'reward', side, amount::text, currency, status, reversed_amount::text,
       concat_ws(' ', available_at IS NULL, frozen_at IS NULL, reverted_at IS NULL, cancelled_at IS NULL, matures_at)
FROM credits_reward
UNION ALL
SELECT 'referral', status, referrer_moderation, referred_moderation, skip_reason, error,
       concat_ws(' ', qualified_at IS NULL, rewarded_at IS NULL, ended_at IS NULL, risk_flags) FROM referrals_referral
UNION ALL
SELECT 'balance', person_id::text, currency, bucket, sum(amount)::text, '', '' FROM (
    SELECT person_id, currency, credit AS bucket, amount FROM credits_ledgerentry
    UNION ALL SELECT person_id, currency, debit, -amount FROM credits_ledgerentry
) legs GROUP BY person_id, currency, bucket HAVING sum(amount) <> 0
UNION ALL
SELECT 'clawback', reward_id::text, sum(CASE kind WHEN 'clawback' THEN amount ELSE -amount END)::text, '', '', '', ''
FROM credits_ledgerentry WHERE kind IN ('clawback', 'reinstate') GROUP BY reward_id
UNION ALL
SELECT 'review', status, amount_at_risk::text, currency, '', '', '' FROM credits_review
UNION ALL
SELECT 'person', external_id, first_payment, (first_paid_at IS NULL)::text, '', '', '' FROM referrals_person
UNION ALL
SELECT 'mark', person_id::text, kind, value, '', '', '' FROM referrals_identifier
"""
State = frozenset[tuple[str | None, ...]]


@dataclass
class World:
    """Dana, a customer whom Alice referred to a program that has no rules yet."""

    program: Program
    people: dict[str, Person]


@pytest.fixture
def world(db) -> World:
    acme = make_tenant("acme")
    program = create_program(acme, name="two-sided", at=NOON)
    alice = make_member(program, "alice", code="ALICE")
    referral = make_referral(alice, "dana")
    note_identifier(referral.referred, Identifier.Kind.STRIPE_CUSTOMER, "cus_dana", at=NOON)
    return World(program, {Side.REFERRER: alice.person, Side.REFERRED: referral.referred})


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint to which everything goes back afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def begin(world: World, story: Story) -> list[StripeEvent]:
    """Write the story's rules, and store its events without handling them."""
    for side, rate in story.rates.items():
        terms = {"kind": RewardRule.Kind.PERCENTAGE, "initial_rate": Decimal(rate) / 10**6}
        add_rule(world.program, name=f"{side} share", side=side, at=NOON, **terms)
    for side, amount in story.fixed.items():
        terms = {"kind": RewardRule.Kind.FIXED, "amount": amount, "currency": story.currency}
        add_rule(world.program, name=f"{side} bonus", side=side, at=NOON, **terms)
    return [store_event(world.program.tenant, told.event, at=LATER)[0] for told in story.told]


def handle_one(event: StripeEvent) -> None:
    handle(event, at=LATER)
    assert event.status == StripeEvent.Status.HANDLED, (event.type, event.outcome, event.error)


def read_state() -> State:
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        return frozenset(cursor.fetchall())


def read_outcome(world: World) -> dict[str, object]:
    """What the model speaks of, read from the rows."""
    payment = Payment.objects.filter(action__isnull=False).first()
    rewards = {reward.side: (reward.status, reward.reversed_amount) for reward in Reward.objects.all()}
    return {
        "payment": (payment.paid_amount, payment.returned_amount, bool(payment.disputed_at)) if payment else None,
        "rewards": rewards,
        "buckets": {side: held for side, person in world.people.items() if (held := read_buckets(person))},
    }


def read_buckets(person: Person) -> dict[str, int]:
    held: Counter[str] = Counter()
    for entry in person.ledger.all():
        held[entry.credit] += entry.amount
        held[entry.debit] -= entry.amount
    return {bucket: amount for bucket, amount in held.items() if amount}


@dataclass
class Lattice:
    """The sets of a story's events, as bits, and what was there after each: all ways to a set must agree."""

    world: World
    story: Story
    events: list[StripeEvent]
    states: dict[int, State] = field(default_factory=dict)
    handled: int = 0
    orders: Counter[int] = field(default_factory=lambda: Counter({0: 1}))

    def walk(self, done: int = 0) -> None:
        self.states[done] = read_state()
        self.check_model(done)
        for number, event in enumerate(self.events):
            after = done | 1 << number
            with undone():
                handle_one(event)
                self.handled += 1
                if after in self.states:
                    assert read_state() == self.states[after], self.describe(done, number)
                else:
                    self.walk(after)

    def check_model(self, done: int) -> None:
        facts = [told.fact for told in self.told_in(done)]
        assert read_outcome(self.world) == expect(facts, self.story.terms), self.told_in(done)

    def count_orders(self) -> int:
        """In how many orders the whole was reached: each set's ways are those of the sets one smaller, together."""
        for done in sorted(self.states, key=int.bit_count):
            for number in range(len(self.events)):
                if not done >> number & 1:
                    self.orders[done | 1 << number] += self.orders[done]
        return self.orders[2 ** len(self.events) - 1]

    def told_in(self, done: int) -> list[Told]:
        return [told for number, told in enumerate(self.story.told) if done >> number & 1]

    def describe(self, done: int, number: int) -> str:
        return f"{self.story.told[number]} after {self.told_in(done)}"


def walk_story(world: World, story: Story) -> Lattice:
    """Every order of a story, with every repetition."""
    with undone():
        lattice = Lattice(world, story, begin(world, story))
        lattice.walk()
        assert len(lattice.states) == 2 ** len(story.told)
        assert lattice.handled == len(story.told) * 2 ** len(story.told)
    return lattice


def tell_in_order(world: World, story: Story, chance: random.Random) -> None:
    """One order of a story, literally, some of it told twice; the end is what the model says, and the books agree."""
    with undone():
        events = begin(world, story)
        order = [*events, *chance.sample(events, k=chance.randint(1, len(events)))]
        chance.shuffle(order)
        for event in order:
            handle_one(event)
        expected = expect([told.fact for told in story.told], story.terms)
        assert read_outcome(world) == expected, [event.type for event in order]
        assert check_books(at=LATER).differences == []


def test_all_orders_of_a_long_story_end_in_the_same_books(world):
    orders = 0

    @settings(max_examples=1, **QUICKLY)
    @given(story=stories(8).filter(is_rich))
    def walk(story: Story) -> None:
        nonlocal orders
        orders = walk_story(world, story).count_orders()

    walk()
    assert orders == factorial(8) >= PERMUTATIONS


@pytest.mark.parametrize(
    "kind",
    ["refund.created", "refund.updated", "refund.failed", "charge.refunded", "charge.dispute.created",
     "charge.dispute.closed", "credit_note.created", "credit_note.voided", "invoice.voided"],
)  # fmt: skip
def test_all_orders_of_short_stories_of_each_kind_end_in_the_same_books(world, kind):
    told: set[str] = set()

    @settings(max_examples=2, **QUICKLY)
    @given(story=stories(4, including=kind))
    def walk(story: Story) -> None:
        assert walk_story(world, story).count_orders() == factorial(4)
        told.update(one.event["type"] for one in story.told)

    walk()
    assert {kind, "invoice.paid"} <= told


def is_rich(story: Story) -> bool:
    """Whether much happens in it, and nothing takes back all at once: that would hide what else is told."""
    kinds = {told.fact.kind for told in story.told}
    fails = any(told.fact.state == UNDONE for told in story.told if told.fact.kind == "refund")
    return len(kinds) >= RICH - 1 and fails and "void" not in kinds and story.total > MUCH


@pytest.mark.parametrize("orders", [200, pytest.param(PERMUTATIONS, marks=pytest.mark.slow)])
def test_whole_orders_with_repetitions_end_as_the_model_says(world, orders, request):
    """Beside the lattice, and without merging what is equal: another story each time, told from its beginning."""
    if orders == PERMUTATIONS and "slow" not in request.config.option.markexpr:
        pytest.skip("takes many minutes: pytest -m slow tests/flows/test_reversal_orders.py")
    told = 0

    @settings(max_examples=orders, **QUICKLY)
    @given(story=stories(5))
    def tell(story: Story) -> None:
        nonlocal told
        tell_in_order(world, story, random.Random(told))
        told += 1

    tell()
    assert told == orders


def test_a_lattice_of_four_events_counts_all_their_orders():
    lattice = Lattice(None, None, [None] * 4, states=dict.fromkeys(range(16), frozenset()))

    assert lattice.count_orders() == factorial(4)
