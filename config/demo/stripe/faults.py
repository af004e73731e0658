"""Failures on order: what goes wrong, how often and where."""

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

Kind = Literal["lost_before", "lost_after", "rate_limited", "error_before", "error_after", "slow"]
KINDS: tuple[Kind, ...] = ("lost_before", "lost_after", "rate_limited", "error_before", "error_after", "slow")


@dataclass
class Fault:
    """Something to go wrong `times` times.

    lost_before and lost_after: the connection ends without an answer, before or after all was done. rate_limited: 429.
    error_before and error_after: a 500, kept under the idempotency key, without the effect or with it. slow: an answer
    as always, after `seconds`, during which the idempotency key is in use.
    """

    kind: Kind
    times: int = 1
    path: str = "*"  # with * for anything
    method: str = "*"
    seconds: float = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join(KINDS)}")


class Faults:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.orders: list[Fault] = []

    def order(self, kind: Kind, **fields: Any) -> None:
        with self.lock:
            self.orders.append(Fault(kind, **fields))

    def take(self, method: str, path: str, *kinds: Kind) -> Fault | None:
        """The first of these kinds that is due here, which is then over once more."""
        with self.lock:
            for fault in self.orders:
                if fault.kind in kinds and fnmatchcase(path, fault.path) and fnmatchcase(method, fault.method):
                    fault.times -= 1
                    if fault.times <= 0:
                        self.orders.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        with self.lock:
            self.orders.clear()
