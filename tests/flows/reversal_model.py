"""What must have come of a story, in plain Python: told from the set of what was told, so that no order can matter.

It knows nothing of the services: it joins names, picks the tellings that count, adds up and takes exact fractions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

OPEN, STANDS, UNDONE = range(3)
HEARSAY = -1  # a telling that is behind every other


@dataclass(frozen=True)
class Fact:
    """What one event tells: of which payment, and what of it."""

    kind: str  # paid, names, refund, sum, dispute, note, void
    names: frozenset[str]
    key: str = ""
    state: int = STANDS
    amount: int = 0
    at: datetime | None = None
    mentions: tuple[tuple[str, int], ...] = ()  # refunds that a credit note names, with their amounts


@dataclass(frozen=True)
class Terms:
    """A payment's amounts in minor units and what each side is promised of it."""

    currency: str
    paid: int
    base: int
    promised: dict[str, int] = field(hash=False)


def expect(facts: Iterable[Fact], terms: Terms) -> dict[str, object]:
    """The payment of the invoice, and what each side has: (status, what it gave back), and its buckets."""
    told = list(facts)
    if not any(fact.kind == "paid" for fact in told):
        return {"payment": None, "rewards": {}, "buckets": {}}
    told = _of_the_invoice(told)
    returned = add_up(told, terms.paid)
    taken = {side: round(Fraction(amount * returned, terms.paid)) for side, amount in terms.promised.items() if amount}
    left = {side: terms.promised[side] - amount for side, amount in taken.items()}
    return {
        "payment": (terms.paid, returned, any(state == OPEN for state in _states(told, "dispute"))),
        "rewards": {side: ("pending" if left[side] else "reverted", taken[side]) for side in taken},
        "buckets": {side: {"pending": amount, "expense": -amount} for side, amount in left.items() if amount},
    }


def add_up(told: list[Fact], paid: int) -> int:
    if any(fact.kind == "void" for fact in told):
        return paid
    refunds = _refunds(told)
    standing = sum(amount for state, amount in refunds.values() if state == STANDS)
    own = {key: value for key, value in refunds.items() if any(f.kind == "refund" and f.key == key for f in told)}
    fallen = sum(amount for state, amount in own.values() if state != STANDS)
    sums = [(fact.at, fact.amount) for fact in told if fact.kind == "sum"]
    latest_sum = max(sums)[1] if sums else 0
    others = sum(amount for kind in ("dispute", "note") for amount in _standing(told, kind))
    return min(paid, max(standing, latest_sum - fallen) + others)


def _of_the_invoice(told: list[Fact]) -> list[Fact]:
    """The facts that are, by a chain of names, about the payment of the invoice."""
    names, before = {"in_1"}, 0
    while len(names) > before:
        before = len(names)
        for fact in told:
            names |= fact.names if fact.names & names else set()
    return [fact for fact in told if fact.names & names]


def _refunds(told: list[Fact]) -> dict[str, tuple[int, int]]:
    """State and amount of each refund: as it tells itself, else as a credit note mentions it."""
    found = {key: (STANDS, amount) for fact in told for key, amount in fact.mentions}
    for fact in (fact for fact in told if fact.kind == "refund"):
        found[fact.key] = max((other.state, other.amount) for other in told if other.key == fact.key)
    return found


def _states(told: list[Fact], kind: str) -> list[int]:
    keys = {fact.key for fact in told if fact.kind == kind}
    return [max(fact.state for fact in told if fact.kind == kind and fact.key == key) for key in keys]


def _standing(told: list[Fact], kind: str) -> list[int]:
    amounts = {fact.key: fact.amount for fact in told if fact.kind == kind}
    return [
        amount
        for key, amount in amounts.items()
        if max(fact.state for fact in told if (fact.kind, fact.key) == (kind, key)) == STANDS
    ]
