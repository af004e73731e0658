"""How a message to an endpoint looks, by format. The edge that speaks a format registers it when Django starts.

Nothing here knows any format: this app lies below all that could be told of.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from events.models import Delivery

JITTER = 0.2
# Standard Webhooks: at once, then after these.
BACKOFF = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
Compose = Callable[[Delivery], str | None]
Sign = Callable[[Delivery, bytes, datetime], dict[str, str]]


def back_off(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts, give or take a fifth; None to give up."""
    if attempts > len(BACKOFF):
        return None
    spread = 1 - JITTER + 2 * JITTER * secrets.randbelow(1001) / 1000
    return BACKOFF[attempts - 1] * spread


def any_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 (the bounds of HTTP itself)


@dataclass(frozen=True, slots=True)
class Format:
    """`topics` are the format's words for each kind of event. `compose` writes the body, or returns None when nothing
    is left to tell. `sign` gives the headers for a body and an instant; `wait` the delay after so many attempts.
    """

    name: str
    topics: Mapping[str, tuple[str, ...]]
    compose: Compose
    sign: Sign
    wait: Callable[[int], timedelta | None] = back_off
    succeeds: Callable[[int], bool] = any_success


_formats: dict[str, Format] = {}


def register_format(wanted: Format) -> None:
    """Make a format known. Registering a name again replaces it."""
    _formats[wanted.name] = wanted


def find_format(name: str) -> Format | None:
    return _formats.get(name)
