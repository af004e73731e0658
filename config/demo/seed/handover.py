"""What Stripe knows of the history, handed over to the fake Stripe that runs beside the demo."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from config.demo.stripe import FakeStripe
from config.demo.stripe.objects import StripeObject
from config.demo.stripe_account import StripeAccount

LISTED = timedelta(days=30)  # how long Stripe lists an event
MOST_BYTES = 500_000  # in one request


def hand_over(fake: FakeStripe, account: StripeAccount, *, at: datetime) -> None:
    """Put every object, and the events that Stripe would still list, in the order in which they were made."""
    oldest = int((at - LISTED).timestamp())
    rows = fake.store.run("SELECT body FROM object WHERE kind <> 'event' OR created >= ? ORDER BY seq", oldest)
    for things in _in_parts(body for (body,) in rows):
        account.put(things)


def _in_parts(bodies: Iterator[str]) -> Iterator[list[StripeObject]]:
    part: list[StripeObject] = []
    size = 0
    for body in bodies:
        if part and size + len(body) > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(json.loads(body))
        size += len(body)
    if part:
        yield part
