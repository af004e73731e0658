"""Idempotency keys: the first answer is kept for a day, whatever it was, once the request was carried out."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.demo.stripe.errors import key_conflict, key_in_use, key_too_long
from config.demo.stripe.forms import Form
from config.demo.stripe.objects import seconds
from config.demo.stripe.store import Store

KEPT = timedelta(hours=24)
LONGEST = 255


@dataclass(frozen=True)
class Answer:
    status: int
    body: str


class Keys:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.in_use: set[str] = set()
        self.lock = threading.Lock()

    @contextmanager
    def using(self, key: str) -> Iterator[None]:
        """Hold a key while its request is carried out. Raises Refusal when another request holds it."""
        with self.lock:
            if key in self.in_use:
                raise key_in_use(key)
            if key:
                self.in_use.add(key)
        try:
            yield
        finally:
            with self.lock:
                self.in_use.discard(key)

    def find(self, key: str, path: str, form: Form, *, at: datetime) -> Answer | None:
        """The answer kept for a key. Raises Refusal when the key was used for another request."""
        if len(key) > LONGEST:
            raise key_too_long()
        self.store.run("DELETE FROM idempotency_key WHERE created <= ?", seconds(at - KEPT))
        rows = self.store.run("SELECT path, params, status, body FROM idempotency_key WHERE name = ?", key)
        if not rows:
            return None
        (used_path, used_params, status, body), *_ = rows
        if used_path != path:
            raise key_conflict(key, other="endpoint")
        if used_params != _fingerprint(form):
            raise key_conflict(key)
        return Answer(status, body)

    def keep(self, key: str, path: str, form: Form, answer: Answer, *, at: datetime) -> None:
        values = (key, path, _fingerprint(form), answer.status, answer.body, seconds(at))
        self.store.run("INSERT INTO idempotency_key VALUES (?, ?, ?, ?, ?, ?)", *values)


def _fingerprint(form: Form) -> str:
    return json.dumps(form, sort_keys=True)
