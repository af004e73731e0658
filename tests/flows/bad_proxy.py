"""What lies between a customer and us on a bad day: it drops a fifth of what passes, repeats a fifth, and shuffles what
is pushed to it within a window.
"""

import random
import threading
from collections.abc import Callable
from typing import Any

import requests

DROPS, REPEATS, WINDOW = 0.2, 0.2, 8


class BadLine:
    """Asks for a customer. A dropped call may have arrived all the same; a repeated one arrives twice."""

    def __init__(self, base: str, *, secret: str, seed: int) -> None:
        self.base, self.random = base, random.Random(seed)
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {secret}"
        self.dropped = self.repeated = 0

    def get(self, path: str) -> requests.Response:
        """Raises ConnectionError for what was dropped."""
        rolled = self.random.random()
        if rolled < DROPS:
            self.dropped += 1
            if rolled < DROPS / 2:
                self.session.get(f"{self.base}/v1/{path}", timeout=30)
            raise requests.ConnectionError("dropped")
        if rolled < DROPS + REPEATS:
            self.repeated += 1
            self.session.get(f"{self.base}/v1/{path}", timeout=30)
        return self.session.get(f"{self.base}/v1/{path}", timeout=30)


class BadPush:
    """Takes what is pushed, and passes it on: not all of it, some twice, and not in order."""

    def __init__(self, deliver: Callable[[dict[str, Any]], None], *, seed: int) -> None:
        self.deliver, self.random = deliver, random.Random(seed)
        self.held: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        self.dropped = self.repeated = 0

    def take(self, body: dict[str, Any]) -> bool:
        """Whether it was taken: what was not must be pushed again."""
        with self.lock:
            rolled = self.random.random()
            if rolled < DROPS:
                self.dropped += 1
                return False
            self.held += [body] * (2 if rolled < DROPS + REPEATS else 1)
            self.repeated += rolled < DROPS + REPEATS
            if len(self.held) >= WINDOW:
                self._flush()
            return True

    def flush(self) -> None:
        with self.lock:
            self._flush()

    def _flush(self) -> None:
        self.random.shuffle(self.held)
        for body in self.held:
            self.deliver(body)
        self.held = []
