"""All of Vouch as operators run it: a web server, a Celery worker and beat, each a process, on the tests' database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django.db import connection

CHECKOUT = Path(settings.BASE_DIR)
PATIENCE = 45.0  # seconds; a machine that runs other things besides is slow to start three processes
Found = TypeVar("Found")


@contextmanager
def running_system(logs: Path) -> Iterator[str]:
    """Start web, worker and beat, wait until /readyz says that all of it works, and stop them at the end.

    Yields the web server's address. What the processes print is in `logs`, and in the failure if they do not start.
    """
    port = find_free_port()
    celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
    commands = {
        "web": [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "config.wsgi:application"],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(logs / "beat")],
    }
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in commands.items():
            with (logs / f"{name}.log").open("wb") as log:
                processes.append(start(command, log))
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, processes, logs)
        yield address
    finally:
        stop(processes)


def start(command: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command, cwd=CHECKOUT, env=environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )


def environment() -> dict[str, str]:
    """That of the tests, with the tests' own database, keys in Redis of its own, and a beat that is quick."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return os.environ | {
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}")),
        "VOUCH_REDIS_PREFIX": f"{settings.REDIS_PREFIX}system:",
        "VOUCH_SWEEP_SECONDS": "0.2",
        "VOUCH_LOG_LEVEL": "WARNING",
    }


def wait_until_ready(address: str, processes: list["subprocess.Popen[bytes]"], logs: Path) -> None:
    def is_ready() -> bool:
        assert all(process.poll() is None for process in processes), f"a process ended: {tell(logs)}"
        try:
            return requests.get(f"{address}/readyz", timeout=10).status_code == requests.codes.ok
        except requests.ConnectionError:
            return False

    try:
        wait_for(is_ready, seconds=PATIENCE)
    except TimeoutError as error:
        raise AssertionError(f"not ready: {tell(logs)}") from error


def wait_for(find: Callable[[], Found], *, seconds: float = 20.0) -> Found:
    """What `find` finds as soon as that is something; TimeoutError when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError


def stop(processes: list["subprocess.Popen[bytes]"]) -> None:
    """As a supervisor does: ask each to end, and end those that do not, with all their children."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tell(logs: Path) -> str:
    return "\n".join(f"{path.name}: {path.read_text()[-3000:]}" for path in sorted(logs.glob("*.log")))


def find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
