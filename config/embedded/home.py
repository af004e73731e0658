"""Which servers a process uses: those it was given, or those of its home, shared by all processes of that home.

Every user of a home holds a shared lock on it while it runs. The first one starts the servers and the last one stops
them; the kernel drops the lock of a process that is killed, so nothing is left locked.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from config.embedded import postgres, valkey

CHECKOUT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """VOUCH_HOME, or .vouch in the checkout: two homes are two independent systems."""
    return Path(os.environ.get("VOUCH_HOME") or CHECKOUT / ".vouch").absolute()


@contextmanager
def running_servers(base: Path | None = None, *, durable: bool = True) -> Iterator[None]:
    """Set DATABASE_URL and REDIS_URL, where they are missing, to the servers of a home, and keep those running."""
    base = base or home()
    _make_up_secrets(base)
    wanted = {"DATABASE_URL", "REDIS_URL"} - {name for name, value in os.environ.items() if value}
    if not wanted:
        yield
        return
    base.mkdir(parents=True, exist_ok=True)
    users = (base / "users.lock").open("w")
    try:
        _enter(base, users, wanted, durable=durable)
        yield
    finally:
        _leave(base, users)
        for name in wanted:
            os.environ.pop(name, None)


def _make_up_secrets(base: Path) -> None:
    """Give a demo or a test secrets of its own, kept in its home; production brings its own (see config.settings)."""
    if not os.environ.get("VOUCH_INSECURE"):
        return
    base.mkdir(parents=True, exist_ok=True)
    for name in ("VOUCH_SECRET_KEY", "VOUCH_ENCRYPTION_KEY"):
        path = base / name.lower()
        with contextlib.suppress(FileExistsError), open(path, "x", opener=_private) as file:
            file.write(secrets.token_urlsafe(48))
        os.environ.setdefault(name, path.read_text())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _enter(base: Path, users: IO[str], wanted: set[str], *, durable: bool) -> None:
    with _turnstile(base):
        if "DATABASE_URL" in wanted:
            os.environ["DATABASE_URL"] = postgres.start(base / "postgres", durable=durable)
        if "REDIS_URL" in wanted:
            os.environ["REDIS_URL"] = valkey.start(base / "valkey")
        fcntl.flock(users, fcntl.LOCK_SH)


def _leave(base: Path, users: IO[str]) -> None:
    with _turnstile(base), users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still works here
        valkey.stop(base / "valkey")
        postgres.stop(base / "postgres")


@contextmanager
def _turnstile(base: Path) -> Iterator[None]:
    """One process at a time starts or stops the servers of a home."""
    with ExitStack() as stack:
        lock = stack.enter_context((base / "start.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
