"""A customer's receiver on a bad day: it drops connections, fails, and answers too late; and keeps what it got."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.events.receiver import Handler, Receiver

DROPS, FAILS, STALLS = 0.2, 0.2, 0.05  # of all calls
MOST_IN_A_ROW = 4  # bad answers to one message, so that none is given up
STALL_SECONDS = 2.0


class FlakyHandler(Handler):
    server: "FlakyReceiver"

    def do_POST(self) -> None:  # noqa: N802 (the library's name)
        uid = self.headers["Webhook-Id"]
        mood = self.server.mood_for(uid)
        if mood == "drop unread":
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.note(uid, json.loads(body))
        if mood == "drop":
            self.close_connection = True
            self.connection.close()
        elif mood == "stall":
            time.sleep(STALL_SECONDS)
            self.close_connection = True
        else:
            self.send_response(500 if mood == "fail" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()


class FlakyReceiver(Receiver):
    """`received` are the bodies it read, in order, whatever it answered; `moods` counts how it was."""

    def __init__(self, *, seed: int) -> None:
        super().__init__()
        self.RequestHandlerClass = FlakyHandler
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.bad: Counter[str] = Counter()
        self.moods: Counter[str] = Counter()
        self.received: list[tuple[str, dict[str, Any]]] = []

    def mood_for(self, uid: str) -> str:
        with self.lock:
            mood = "good" if self.bad[uid] >= MOST_IN_A_ROW else self._roll()
            self.bad[uid] = 0 if mood == "good" else self.bad[uid] + 1
            self.moods[mood] += 1
            return mood

    def note(self, uid: str, body: dict[str, Any]) -> None:
        with self.lock:
            self.received.append((uid, body))

    def without_repeats(self) -> list[dict[str, Any]]:
        """What a receiver keeps that puts aside ids it has seen."""
        kept: dict[str, dict[str, Any]] = {}
        for uid, body in self.received:
            kept.setdefault(uid, body)
        return list(kept.values())

    def _roll(self) -> str:
        rolled = self.random.random()
        if rolled < DROPS:
            return "drop unread" if rolled < DROPS / 2 else "drop"
        if rolled < DROPS + FAILS:
            return "fail"
        return "stall" if rolled < DROPS + FAILS + STALLS else "good"


@contextmanager
def flaky_receiver(*, seed: int) -> Iterator[FlakyReceiver]:
    receiver = FlakyReceiver(seed=seed)
    thread = threading.Thread(target=receiver.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
