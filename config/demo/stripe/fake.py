"""The machine: a request in, an answer out, by Stripe's rules."""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.demo.stripe.call import Call, new_id
from config.demo.stripe.errors import ConnectionLost, Refusal, no_key, rate_limited, server_error
from config.demo.stripe.expanding import show
from config.demo.stripe.faults import Fault, Faults, Kind
from config.demo.stripe.forms import parse_form
from config.demo.stripe.happenings import Happenings
from config.demo.stripe.keys import Answer, Keys
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.routes import Route, find_route
from config.demo.stripe.store import Store

API_KEY = "sk_test_fake"
REMEMBERED = 100_000  # of events not taken and of requests
Reply = tuple[int, dict[str, str], str]  # status, headers, body


class FakeStripe(Happenings):
    """One Stripe account, reached with its `api_keys`, and the accounts connected to it.

    `now` is its clock; `path` keeps it in a file.

    Every event is handed to `listeners` after what it tells of is done, and kept in `events` until `take_events`.
    """

    def __init__(
        self,
        path: str | Path = ":memory:",
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        api_keys: tuple[str, ...] = (API_KEY,),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.store = Store(str(path))
        self.keys = Keys(self.store)
        self.faults = Faults()
        self.now, self.sleep, self.api_keys = now, sleep, api_keys
        self.listeners: list[Callable[[StripeObject], object]] = []
        self.events: deque[StripeObject] = deque(maxlen=REMEMBERED)
        self.requests: deque[tuple[str, str, dict[str, Any]]] = deque(maxlen=REMEMBERED)  # answered or not

    def handle(self, method: str, path: str, form: str, headers: dict[str, str]) -> Reply:
        """Answer a request, whose parameters are form encoded. Raises ConnectionLost where that was ordered."""
        method = method.upper()
        self.requests.append((method, path, parse_form(form)))
        if self.faults.take(method, path, "lost_before"):
            raise ConnectionLost
        is_lost = self.faults.take(method, path, "lost_after")
        reply = self._reply(method, path, form, {name.lower(): value for name, value in headers.items()})
        if is_lost:
            raise ConnectionLost
        return reply

    def fail(self, kind: Kind, *, times: int = 1, path: str = "*", method: str = "*", seconds: float = 0) -> None:
        """Order failures: see `faults.Fault`. `path` is exact, with * for anything."""
        self.faults.order(kind, times=times, path=path, method=method, seconds=seconds)

    def take_events(self, *kinds: str) -> list[StripeObject]:
        """The events since the last time, of some types or all, oldest first; the rest of them is dropped."""
        taken, self.events = self.events, deque(maxlen=REMEMBERED)
        return [event for event in taken if not kinds or event["type"] in kinds]

    def close(self) -> None:
        self.store.close()

    def happen(self, act: Callable[[Call], object]) -> list[StripeObject]:
        """Let something happen that nobody asked for over the API; return the events of it."""
        call = Call(self.store, self.now())
        with self.store.transaction():
            act(call)
        return self._announce(call)

    def _reply(self, method: str, path: str, form: str, headers: dict[str, str]) -> Reply:
        about = {"request-id": new_id("req_", 14), "content-type": "application/json"}
        key = headers.get("idempotency-key", "") if method == "POST" else ""
        about |= {"idempotency-key": key} if key else {}
        try:
            self._authenticate(headers)
            if self.faults.take(method, path, "rate_limited"):
                raise rate_limited()
            answer, is_replay = self._answer(method, path, form, key=key, request_id=about["request-id"])
        except Refusal as refusal:
            return refusal.status, about | refusal.headers, json.dumps(refusal.body())
        about |= {"idempotent-replayed": "true"} if is_replay else {}
        about |= server_error().headers if answer.status >= 500 else {}  # noqa: PLR2004 - the server's own errors
        return answer.status, about, answer.body

    def _authenticate(self, headers: dict[str, str]) -> None:
        given = key_in(headers)
        if given not in self.api_keys:
            raise no_key(given)

    def _answer(self, method: str, path: str, form: str, *, key: str, request_id: str) -> tuple[Answer, bool]:
        """The answer to a request, and whether it is an earlier one."""
        route, ids = find_route(method, path)
        fields = parse_form(form)
        with self.keys.using(key):
            at = self.now()
            kept = self.keys.find(key, path, fields, at=at) if key else None
            if kept:
                return kept, True
            params = route.read(fields)
            if slow := self.faults.take(method, path, "slow"):
                self.sleep(slow.seconds)
            call = Call(self.store, at, path, ids, params, {"id": request_id, "idempotency_key": key or None})
            fault = self.faults.take(method, path, "error_before", "error_after")
            with self.store.transaction():
                answer = self._act(route, call, fault)
                if key:
                    self.keys.keep(key, path, fields, answer, at=at)
            self._announce(call)
        return answer, False

    def _act(self, route: Route, call: Call, fault: Fault | None) -> Answer:
        """Carry a request out, inside a transaction; one that is refused leaves nothing behind."""
        if fault and fault.kind == "error_before":
            return _refuse(server_error())
        self.store.run("SAVEPOINT act")
        try:
            thing = show(route.act(call), call.params.get("expand", []), self.store)
        except Refusal as refusal:
            self.store.run("ROLLBACK TO act")
            call.events.clear()
            return _refuse(refusal)
        return _refuse(server_error()) if fault else Answer(200, json.dumps(thing))

    def _announce(self, call: Call) -> list[StripeObject]:
        self.events += call.events
        for event in call.events:
            for listener in self.listeners:
                listener(event)
        return call.events


def _refuse(refusal: Refusal) -> Answer:
    return Answer(refusal.status, json.dumps(refusal.body()))


def key_in(headers: Mapping[str, str]) -> str:
    """The API key of a request."""
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    return given.removeprefix("Bearer ")


def account_of(headers: Mapping[str, str], fakes: Sequence[FakeStripe]) -> FakeStripe:
    """The fake whose key a request has; the first, which refuses it, where none has."""
    return next((fake for fake in fakes if key_in(headers) in fake.api_keys), fakes[0])
