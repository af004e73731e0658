"""Who would get what, held for what, and why the rest do not: read batch by batch, so any number of people will do."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from credits.models.money import display as money
from credits.models.money import to_major
from payouts.admin.wording import HOLD_NAMES, REFUSAL_NAMES
from payouts.errors import REFUSALS
from payouts.models import PayoutMethod
from payouts.services.candidates import Candidate
from payouts.services.earn_outs import preview
from referrals.models import Person

PER_PAGE = 50
PAID, HELD = "paid", "held"
NAMES = {PAID: "Paid", HELD: "Held first", **REFUSAL_NAMES}
MEANINGS = {
    PAID: "They are paid the next time a worker looks, or by hand.",
    HELD: "It is set aside, and waits for a second person or for its time.",
    **REFUSALS,
}
HEADER = ("person", "email", "person_id", "outcome", "held_for", "amount", "currency", "destination")


def outcome_of(candidate: Candidate) -> str:
    return candidate.refusal or (HELD if candidate.holds else PAID)


def describe_preview(method: PayoutMethod, *, chosen: str, page: int, now: datetime) -> dict[str, Any]:
    """Totals of every outcome, and one page of the people of the chosen one; of those who are paid, where none is."""
    people: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    holds: Counter[str] = Counter()
    chosen = chosen if chosen in NAMES else PAID
    start, shown = (page - 1) * PER_PAGE, []
    for candidate in preview(method, at=now):
        outcome = outcome_of(candidate)
        if outcome == chosen and start <= people[outcome] < start + PER_PAGE:
            shown.append(candidate)
        people[outcome] += 1
        amounts[outcome] += candidate.amount
        holds.update(candidate.holds if outcome == HELD else [])
    return {
        "as_of": now,
        "outcomes": [_outcome(name, people[name], amounts[name], method) for name in NAMES if people[name]],
        "everybody": sum(people.values()),
        "getting": people[PAID] + people[HELD],
        "getting_amount": money(amounts[PAID] + amounts[HELD], method.currency),
        "hold_totals": [(HOLD_NAMES.get(hold, hold), count) for hold, count in holds.most_common()],
        "chosen": chosen,
        "chosen_name": NAMES[chosen],
        "meaning": MEANINGS.get(chosen, ""),
        "rows": _rows(shown, method),
        "page": page,
        "has_more": people[chosen] > start + PER_PAGE,
    }


def _outcome(name: str, people: int, amount: int, method: PayoutMethod) -> dict[str, Any]:
    colour = {PAID: "good", HELD: "warn"}.get(name, "")
    shown = money(amount, method.currency)
    return {"name": name, "label": NAMES[name], "people": people, "amount": shown, "colour": colour}


def _rows(candidates: list[Candidate], method: PayoutMethod) -> list[dict[str, Any]]:
    people = Person.objects.in_bulk([candidate.person_id for candidate in candidates])
    return [
        {
            "person": people[candidate.person_id],
            "amount": money(candidate.amount, method.currency),
            "holds": [HOLD_NAMES.get(hold, hold) for hold in candidate.holds],
            "destination": candidate.destination,
        }
        for candidate in candidates
    ]


def preview_rows(method: PayoutMethod, *, now: datetime) -> Iterator[list[Any]]:
    """A line a person, for a file."""
    candidates = preview(method, at=now)
    while batch := list(islice(candidates, 500)):
        people = Person.objects.in_bulk([candidate.person_id for candidate in batch])
        yield from (_row(candidate, people[candidate.person_id], method) for candidate in batch)


def _row(candidate: Candidate, person: Person, method: PayoutMethod) -> list[Any]:
    outcome, holds = NAMES[outcome_of(candidate)], " ".join(candidate.holds)
    amount = to_major(candidate.amount, method.currency)
    named = [person.display_name, person.email, person.public_id]
    return [*named, outcome, holds, amount, method.currency, candidate.destination]
