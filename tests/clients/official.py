"""The official clients as tests use them: in an environment and a process of their own."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.clients.environment import python_with_clients

DRIVER = Path(__file__).with_name("drive_webshare.py")


class Client:
    """Webshare's official client, in one of its styles."""

    def __init__(self, address: str, style: str) -> None:
        self.python, self.order = python_with_clients(), {"address": address, "style": style}

    def drive(self, tokens: dict[str, str], steps: list[dict[str, Any]]) -> list[Any]:
        """What each step came to; see the driver."""
        order = json.dumps({**self.order, "tokens": {"wrong": "wrong", **tokens}, "steps": steps})
        done = subprocess.run([self.python, str(DRIVER)], input=order, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def step(call: str, *, by: str = "alice", iterate: bool = False, subuser: int = 0, **arguments: Any) -> dict[str, Any]:
    return {"as": by, "call": call, "with": arguments, "iterate": iterate, "subuser": subuser}
