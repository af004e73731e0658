"""Whether the system answers that all of it works."""

import json
from urllib.error import HTTPError
from urllib.request import urlopen

PATIENCE = 5.0


def ask_readiness(url: str) -> tuple[bool, str]:
    """What GET /readyz says: whether all works, and the checks in its words."""
    try:
        with urlopen(f"{url}/readyz", timeout=PATIENCE) as answer:  # noqa: S310 (our own address)
            return answer.status == 200, answer.read().decode()  # noqa: PLR2004
    except HTTPError as refusal:
        return False, _checks_that_fail(refusal.read().decode(errors="replace"))
    except OSError as error:
        return False, str(error)


def _checks_that_fail(body: str) -> str:
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError):
        return body
    return "; ".join(f"{name}: {state}" for name, state in checks.items() if state != "ok")
