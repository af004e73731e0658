"""One thing that happens at Stripe: its time, its parameters, and the events that come of it."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.errors import missing
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.store import Store

ALPHANUMERIC = string.ascii_letters + string.digits
INCLUDABLE = {"invoice": {"payments"}, "charge": {"refunds"}, "customer": {"invoice_credit_balance"}}


@dataclass
class Call:
    store: Store
    at: datetime
    path: str = ""
    ids: tuple[str, ...] = ()  # the path's
    params: dict[str, Any] = field(default_factory=dict)
    request: dict[str, str | None] = field(default_factory=lambda: {"id": None, "idempotency_key": None})
    events: list[StripeObject] = field(default_factory=list)

    def find(self, kind: str, key: str, *, noun: str = "", param: str = "id", status: int = 404) -> StripeObject:
        """An object by its id. Raises Refusal when there is none."""
        thing = self.store.get(kind, key)
        if thing is None:
            raise missing(noun or kind, key, param=param, status=status)
        return thing

    def put(self, thing: StripeObject) -> StripeObject:
        return self.store.put(thing)

    def tell(self, kind: str, thing: StripeObject, *, previous: StripeObject | None = None, account: str = "") -> None:
        """Write an event, and have it delivered to every endpoint."""
        fields = {"account": account} if account else {}
        endpoints = self.store.run("SELECT url FROM endpoint")
        event = objects.event(
            kind,
            shown(thing),
            event_id=new_id("evt_1"),
            at=self.at,
            previous=previous,
            request=self.request,
            pending_webhooks=len(endpoints),
            **fields,
        )
        self.events.append(self.put(event))
        for (url,) in endpoints:
            self.store.run("INSERT INTO delivery (event, url, next_at) VALUES (?, ?, 0)", event["id"], url)


def new_id(prefix: str, length: int = 23) -> str:
    return prefix + "".join(secrets.choice(ALPHANUMERIC) for _ in range(length))


def shown(thing: StripeObject) -> StripeObject:
    """An object as it is shown to who did not ask to expand it."""
    hidden = INCLUDABLE.get(thing["object"], set())
    return {name: value for name, value in thing.items() if name not in hidden}
