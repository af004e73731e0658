"""Dying between any two statements: what was not committed is gone, and nobody catches it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

import payouts.gateway.api
from config.demo.stripe import FakeHTTPClient


class Crash(BaseException):
    """The process died here: no `except Exception` sees it."""


class Fuse:
    """Burns down by one at each statement and at each call to Stripe, before it and after it, and then kills."""

    def __init__(self, length: int) -> None:
        self.left = length

    def step(self) -> None:
        if self.left == 0:
            raise Crash
        self.left -= 1

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.step()
        return execute(*arguments)


class FusedHTTPClient(FakeHTTPClient):
    """May die before a request leaves, and after its answer arrived."""

    fuse: Fuse

    def request(self, *arguments: Any, **options: Any) -> Any:
        self.fuse.step()
        answer = super().request(*arguments, **options)
        self.fuse.step()
        return answer


@contextmanager
def fused(monkeypatch: Any, stripe: Any, fuse: Fuse) -> Iterator[None]:
    def new_client() -> FusedHTTPClient:
        client = FusedHTTPClient(stripe)
        client.fuse = fuse
        return client

    with monkeypatch.context() as patch, connection.execute_wrapper(fuse):
        patch.setattr(payouts.gateway.api, "new_http_client", new_client)
        yield


def dies(act: Callable[[], Any], fuse: Fuse, *, monkeypatch: Any, stripe: Any) -> bool:
    """Do something until the fuse has burnt down; tell whether it had. The next one begins on a new connection."""
    try:
        with fused(monkeypatch, stripe, fuse):
            act()
    except Crash:
        connection.close()
        return True
    return False
