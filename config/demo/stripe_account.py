"""The fake Stripe that runs beside the demo, as whoever plays Stripe's part reaches it. No Django."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from config.demo.notes import Notes
from config.demo.stripe.objects import StripeObject

PATIENCE = 10.0


@dataclass(frozen=True)
class StripeAccount:
    """One account of it: see `config.demo.stripe.controls`. What it refuses raises OSError, as what nobody answers."""

    url: str
    key: str

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/_ready", timeout=PATIENCE) as answer:  # noqa: S310 (our own address)
                return bool(answer.status == 200)  # noqa: PLR2004 (the status of success)
        except OSError:
            return False

    def happen(self, name: str, **arguments: Any) -> list[StripeObject]:
        """Let something happen there; return the objects of the events of it."""
        return [event["data"]["object"] for event in self._post(f"/_happen/{name}", arguments)["events"]]

    def put(self, things: Iterable[StripeObject]) -> None:
        self._post("/_objects", {"objects": list(things)})

    def list_event(self, event: StripeObject) -> None:
        """Have an event listed, which whoever calls this delivers."""
        self._post("/_events", event)

    def send_events_to(self, url: str, secret: str) -> None:
        """Deliver what happens from now on there; without a secret, nothing any more."""
        self._post("/_endpoints", {"url": url, "secret": secret})

    def _post(self, path: str, command: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = Request(f"{self.url}{path}", json.dumps(command).encode(), headers)  # noqa: S310 (our own address)
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 (see above)
            told: dict[str, Any] = json.load(answer)
        return told


def place_account(notes: Notes, host: str) -> StripeAccount:
    """Acme's account, where it was when the demo ran last, or at another port if that one is taken."""
    return StripeAccount(f"http://{host}:{choose_port(host, notes.get('stripe_port', 0))}", notes["stripe_key"])


def note_account(account: StripeAccount, notes: Notes, *, endpoint: str) -> Notes:
    """Have Acme told of what happens there, at one address only, and note where it all is."""
    if notes.get("stripe_endpoint", endpoint) != endpoint:
        account.send_events_to(notes["stripe_endpoint"], secret="")
    account.send_events_to(endpoint, notes["webhook_secret"])
    return notes | {"stripe_api": account.url, "stripe_port": account.port, "stripe_endpoint": endpoint}


def choose_port(host: str, wanted: int) -> int:
    """The wanted port if it is free, else any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free")
