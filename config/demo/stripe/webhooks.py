"""Events on their way to the endpoints, signed as Stripe signs them, again and again until one is taken."""

import json
import time
import urllib.request
from threading import Event, Thread
from urllib.error import HTTPError

import stripe

from config.demo.stripe.objects import StripeObject
from config.demo.stripe.store import Store

TIMEOUT = 5.0  # seconds
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = 0.5, 30.0, 200
BATCH, IDLE = 50, 0.1
Delivery = tuple[str, str, str, int]  # event, url, secret, attempts so far


class Postman:
    """A thread that delivers what is due. What was not delivered when it stops is there when it starts again."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stopped = Event()
        self.thread = Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.stopped.set()
        self.thread.join()

    def deliver_due(self, *, now: float) -> int:
        """Try what is due once; return how much that was."""
        due = self.store.run(
            "SELECT event, delivery.url, secret, attempts FROM delivery JOIN endpoint USING (url)"
            " WHERE next_at <= ? ORDER BY next_at, delivery.rowid LIMIT ?",
            *(now, BATCH),
        )
        for delivery in due:
            if self.stopped.is_set():
                break
            self._try(delivery, now=now)
        return len(due)

    def _run(self) -> None:
        while not self.stopped.is_set():
            if not self.deliver_due(now=time.time()):
                self.stopped.wait(IDLE)

    def _try(self, delivery: Delivery, *, now: float) -> None:
        key, url, secret, attempts = delivery
        event = self.store.get("event", key)
        if event is None or post_event(event, url, secret) or attempts + 1 >= MOST_ATTEMPTS:
            self.store.run("DELETE FROM delivery WHERE event = ? AND url = ?", key, url)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts, 10))
        later = "UPDATE delivery SET attempts = attempts + 1, next_at = ? WHERE event = ? AND url = ?"
        self.store.run(later, now + wait, key, url)


def add_endpoint(store: Store, url: str, secret: str) -> None:
    """Deliver events from now on there, or with another secret."""
    store.run("INSERT OR REPLACE INTO endpoint VALUES (?, ?)", url, secret)


def remove_endpoint(store: Store, url: str) -> None:
    with store.transaction():
        store.run("DELETE FROM endpoint WHERE url = ?", url)
        store.run("DELETE FROM delivery WHERE url = ?", url)


def post_event(event: StripeObject, url: str, secret: str) -> bool:
    """Deliver an event once; whether it was taken."""
    body = json.dumps(event, indent=2)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=int(time.time()))
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    request = urllib.request.Request(url, data=body.encode(), headers=headers, method="POST")  # noqa: S310 - ours
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310 - see above
            answer.read()
            return bool(answer.status < 300)  # noqa: PLR2004 - the statuses of success
    except (HTTPError, OSError):
        return False
