"""A clock to turn, refusals to look at, and what a transfer is asked for with."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe

from tests.cast import NOON

TRANSFER = {"amount": 500, "currency": "usd", "destination": "acct_dana"}


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **by: float) -> None:
        self.time += timedelta(**by)


def refusal(act: Any, *arguments: Any) -> tuple[int | None, str | None, str | None]:
    """The status, the code and the parameter of the error that a call of the SDK ends in."""
    with pytest.raises(stripe.StripeError) as caught:
        act(*arguments)
    error = caught.value
    return error.http_status, error.code, getattr(error, "param", None)


def with_key(key: str) -> dict[str, str]:
    return {"idempotency_key": key}


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def thing_of(event: dict[str, Any]) -> dict[str, Any]:
    thing: dict[str, Any] = event["data"]["object"]
    return thing
