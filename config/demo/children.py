"""The processes of a demo: started with a log file each, in a group of their own, and never outliving the demo."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded.home import CHECKOUT

PATIENCE = 20.0  # seconds for all children together to end what they are doing
PR_SET_PDEATHSIG = 1
LAST_LINES, LINE_LENGTH = 15, 300


@dataclass
class Child:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self) -> str:
        """The end of its log, for whoever asks why it died."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        return "\n".join(f"    {line[:LINE_LENGTH]}" for line in lines)


def start_child(name: str, *arguments: str, logs: Path, talks: bool = False) -> Child:
    """Start a Python module in a process group of its own, which a Ctrl-C in the terminal does not reach.

    All it says goes to its log; one that `talks` has our own standard output instead.
    """
    log = logs / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=None if talks else file,
            stderr=file,
            process_group=0,
            preexec_fn=_die_with_parent(),  # noqa: PLW1509 (no threads here)
        )
    return Child(name, process, log)


def stop_children(children: Iterable[Child]) -> None:
    """Ask all to stop, wait for them, and end what is left of their groups."""
    children = list(children)
    for child in children:
        if child.is_alive:
            child.process.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.1, deadline - time.monotonic()))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel stops a child whose parent was killed before it could."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def request() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the request
            os._exit(1)

    return request
