"""What a demo needs for itself: its home, and a port. Without them nothing is started."""

import fcntl
import socket
from pathlib import Path
from typing import IO


class CannotStart(Exception):
    """Nothing was started, and why."""


def claim_home(base: Path) -> IO[str]:
    """A lock on the home, held while the returned file is open. Raises CannotStart beside another demo of that home."""
    base.mkdir(parents=True, exist_ok=True)
    lock = (base / "demo.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(f"a demo runs in {base} already; another one needs its own VOUCH_HOME.") from error
    return lock


def check_port(host: str, port: int) -> None:
    """Raise CannotStart when the web server could not listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            hint = f"cannot listen on port {port}: {error.strerror}. Choose another: ./run demo --port N"
            raise CannotStart(hint) from error
