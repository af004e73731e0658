"""The fake's own addresses, outside /v1: what a test or the demo does to it from another process.

POST JSON, get JSON; 400 with `{"error": ...}` for what cannot be done. The Authorization header names the account, as
under /v1; without it the first is meant.

- `/_faults`: `{"kind": "lost_after", "times": 1, "path": "/v1/transfers", "method": "POST", "seconds": 0}`, of which
  only the kind is needed; `{}` clears them.
- `/_balance`: `{"currency": "usd", "amount": 10000, "account": ""}`
- `/_endpoints`: `{"url": ..., "secret": "whsec_..."}`; without a secret the endpoint is taken away.
- `/_objects`: `{"objects": [...]}`: whole objects, kept without any other effect.
- `/_events`: an event object, kept and listed, and delivered to nobody: who posts it delivers it.
- `/_happen/<method of Happenings>`: its arguments by name. Answers `{"events": [...]}`, or the object that was opened.
- `/_requests`: `{}` answers `{"requests": [[method, path, params], ...]}`, all that was asked under /v1.
"""

from collections.abc import Callable
from typing import Any

from config.demo.stripe.errors import Refusal
from config.demo.stripe.fake import FakeStripe
from config.demo.stripe.webhooks import add_endpoint, remove_endpoint

Command = dict[str, Any]
Answer = tuple[int, dict[str, Any]]
HAPPENINGS = frozenset(
    {
        "change_account",
        "close_dispute",
        "credit_invoice",
        "fail_refund",
        "open_account",
        "open_customer",
        "open_dispute",
        "pay_invoice",
        "refund",
        "reverse_transfer",
        "void_credit_note",
        "void_invoice",
    }
)


def control(fake: FakeStripe, path: str, command: Command) -> Answer:
    """Do what a control path says; return the status and the answer."""
    act, name = COMMANDS.get(path), path.removeprefix("/_happen/")
    try:
        if act:
            return 200, act(fake, command)
        if path.startswith("/_happen/") and name in HAPPENINGS:
            result = getattr(fake, name)(**command)
            return 200, {"events": result} if isinstance(result, list) else result
    except Refusal as refusal:
        return refusal.status, refusal.body()
    except (KeyError, TypeError, ValueError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}
    return 404, {"error": f"no such control: {path}"}


def _order_fault(fake: FakeStripe, command: Command) -> Command:
    if command:
        fake.fail(command.pop("kind"), **command)
    else:
        fake.faults.clear()
    return {}


def _set_balance(fake: FakeStripe, command: Command) -> Command:
    fake.set_balance(command["currency"], command["amount"], account=command.get("account", ""))
    return {}


def _set_endpoint(fake: FakeStripe, command: Command) -> Command:
    if command.get("secret"):
        add_endpoint(fake.store, command["url"], command["secret"])
    else:
        remove_endpoint(fake.store, command["url"])
    return {}


def _put_objects(fake: FakeStripe, command: Command) -> Command:
    fake.put(*command["objects"])
    return {}


def _put_event(fake: FakeStripe, command: Command) -> Command:
    if command["object"] != "event":
        raise ValueError("this is no event")
    fake.put(command)
    return {}


def _tell_requests(fake: FakeStripe, command: Command) -> Command:  # noqa: ARG001 - as the others
    return {"requests": list(fake.requests)}


COMMANDS: dict[str, Callable[[FakeStripe, Command], Command]] = {
    "/_balance": _set_balance,
    "/_endpoints": _set_endpoint,
    "/_events": _put_event,
    "/_faults": _order_fault,
    "/_objects": _put_objects,
    "/_requests": _tell_requests,
}
