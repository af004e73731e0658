"""Running a real demo in a test, and looking for what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from config.embedded.home import CHECKOUT
from config.embedded.postgres import socket_dir

NOT_ITS_OWN = ("DATABASE_URL", "REDIS_URL", "VOUCH_REDIS_PREFIX", "VOUCH_SECRET_KEY", "VOUCH_ENCRYPTION_KEY")
PATIENCE = 300.0  # seconds: it takes ten, but tests may share the machine


class RunningDemo:
    """`./run demo --bare`, or one with data, on a home of its own, in a session of its own.

    `given` is more of its environment, such as servers that it is to use instead of its own.
    """

    def __init__(self, home: Path, *, port: int, bare: bool = True, given: Mapping[str, str] | None = None) -> None:
        self.home, self.port = home, port
        self.log = home.with_suffix(f".{time.monotonic_ns()}.log")
        env = {name: value for name, value in os.environ.items() if name not in NOT_ITS_OWN}
        with self.log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.demo", "--port", str(port), *(["--bare"] if bare else [])],
                cwd=CHECKOUT,
                env=env | {"VOUCH_HOME": str(home), **(given or {})},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, *, seconds: float = PATIENCE) -> None:
        """Until the summary is printed, which it is once /readyz answers 200."""
        deadline = time.monotonic() + seconds
        while "Vouch is ready" not in self.output or "Ctrl-C stops everything" not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    def processes(self) -> list[str]:
        """All that lives of this demo: of its session, or naming its home or its servers' sockets."""
        traces = [str(self.home), *(str(socket_dir(self.home / server)) for server in ("postgres", "valkey"))]
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (directory / "stat").read_text().rpartition(")")[2].split()[:4]
                command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it ended while we looked
            if state != "Z" and (session == str(self.process.pid) or any(trace in command for trace in traces)):
                found.append(f"{directory.name} {command}")
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def status_of(url: str) -> int:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status
    except URLError as error:
        return getattr(error, "code", 0)
