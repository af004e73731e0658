"""What log lines must not tell."""

import re
from collections.abc import MutableMapping
from typing import Any

# Whoever holds the token of such an address may use it: see portal/urls.py.
TOKEN_IN_PATH = re.compile(r"(?<![\w/])(/(?:p|pe|w|u|j)/)[^/?\s\"']+")


def hide_tokens(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: /p/<token> becomes /p/…, wherever a line tells of a request."""
    for name in ("event", "request"):
        if isinstance(event.get(name), str):
            event[name] = TOKEN_IN_PATH.sub(r"\1…", event[name])
    return event
