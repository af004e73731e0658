"""`./run demo` for real: on servers of its own, with every process it has, in a home that nobody else uses."""

import json
import os
import re
import signal
import socket
import stat
import sys
import time

import pytest

from tests.config.demo.processes import RunningDemo, free_port, status_of

MODULES = {
    "web": "granian",
    "worker": "config.celery worker",
    "beat": "config.celery beat",
    "stripe": "config.demo.stripe --host",
    "traffic": "demo.traffic",
}
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")


@pytest.fixture
def start(tmp_path):
    """Starts demos in one home, and ends whatever a failing test would leave."""
    demos = []

    def start_demo(port=None, home="home", *, bare=True):
        demos.append(RunningDemo(tmp_path / home, port=port or free_port(), bare=bare))
        return demos[-1]

    yield start_demo
    for demo in demos:
        for line in demo.processes():
            os.kill(int(line.split()[0]), signal.SIGKILL)


def test_demo_stops_when_a_process_dies_and_then_goes_on_where_it_left_off(start):
    demo = start(bare=False)
    while not pids_of(demo, "beat"):
        assert demo.process.poll() is None, demo.output
        time.sleep(0.1)
    notes = json.loads((demo.home / "demo.json").read_text())
    password = notes["password"]
    assert status_of(f"{notes['stripe_api']}/_ready") == 200
    assert pids_of(demo, "stripe")
    os.kill(pids_of(demo, "beat")[0], signal.SIGKILL)
    assert demo.wait() == 1
    assert "beat ended unexpectedly (status -9). Its last words:" in demo.output
    assert demo.processes() == []

    demo = start()  # the seed was not through and left nothing; this one has nobody to pay
    demo.wait_until_ready()
    assert status_of(f"{demo.url}/readyz") == 200
    assert status_of(f"{demo.url}/admin/login/") == 200
    assert {name for name in MODULES if pids_of(demo, name)} == {"web", "worker", "beat"}
    assert re.findall(r"^  (?:Login|Password) +(\S+)$", demo.output, re.MULTILINE) == ["admin", password]
    assert stat.S_IMODE((demo.home / "demo.json").stat().st_mode) == 0o600
    another = start()
    assert another.wait() == 2
    assert another.output == f"vouch: a demo runs in {demo.home} already; another one needs its own VOUCH_HOME.\n"
    assert demo.stop() == 0, demo.output
    assert demo.processes() == []


def test_demo_does_not_start_on_a_port_that_is_taken(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        demo = start(port=taken.getsockname()[1])
        assert demo.wait() == 2
    assert f"cannot listen on port {demo.port}: Address already in use" in demo.output
    assert not (demo.home / "postgres").exists()


def pids_of(demo, name):
    return [int(line.split()[0]) for line in demo.processes() if MODULES[name] in line]
