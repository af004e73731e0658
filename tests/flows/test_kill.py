"""`kill -9` of the worker, again and again, while it matures 50,000 credits: each matures once, and the books agree.

Beat runs all the while and tells whoever works to go on. A kill takes the worker's whole process group, or all children
of its pool, at a random point of the work. The first worker and the last are started by the command line, those between
in forks of a process that has imported everything; `-m slow` starts all of them by the command line.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from credits.models import LedgerEntry, Reward
from events.models import Event
from tenants.services.redis import client
from tests.credits.bulk import add_credits

CREDITS, KILLS, GROUP_KILLS = 50_000, 50, 35
BATCH = 250  # small, so that the work lasts long enough to be killed fifty times
PATIENCE = 90.0
WORKER = ["celery", "-A", "config.celery", "worker", "--concurrency", "2", "--loglevel", "ERROR"]
WORKER += ["--without-mingle", "--without-gossip"]  # a second saved at each start: no other worker is there to ask
BEAT = ["celery", "-A", "config.celery", "beat", "--loglevel", "ERROR"]
CONNECTIONS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
BATCHES = f"{CONNECTIONS} AND state = 'active' AND query LIKE '%WITH due AS%'"
MATURED = "SELECT count(*) FROM credits_ledgerentry WHERE kind = 'mature'"
POSTED = "SELECT last_value FROM credits_ledgerentry_id_seq"  # costs nothing to ask; batches rolled back count too


@dataclass
class Kill:
    """What there was at one kill."""

    of: str  # "group" or "children"
    batches: int  # running in that very moment
    matured: int


@dataclass
class System:
    """Processes on the tests' database, with keys in Redis of their own."""

    log: Path
    environment: dict[str, str]
    groups: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self, *command: str) -> "subprocess.Popen[str]":
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=self.environment, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self.groups.append(process)
        return process

    def stop(self) -> None:
        for process in self.groups:
            kill_group(process.pid)
            process.communicate()


@pytest.fixture
def system(transactional_db, tmp_path) -> Iterator[System]:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    prefix = f"{settings.REDIS_PREFIX}kill:"
    environment = {
        "DATABASE_URL": urlunsplit(url),
        "VOUCH_REDIS_PREFIX": prefix,
        "VOUCH_MATURE_BATCH": str(BATCH),
        "VOUCH_SWEEP_SECONDS": "0.25",
        "VOUCH_BEAT_SCHEDULE": str(tmp_path / "beat"),
        "VOUCH_LOG_LEVEL": "ERROR",
    }
    system = System(tmp_path / "log", os.environ | environment)
    yield system
    system.stop()
    until(lambda: not ask(CONNECTIONS), "the connections of the killed end")
    for key in client().scan_iter(f"{prefix}*"):
        client().delete(key)


class Launcher:
    """Starts workers, and tells their process group."""

    def __init__(self, system: System, *, warm: bool) -> None:
        self.system = system
        self.warm = system.start("tests.flows.warm_worker") if warm else None
        self.launched = 0

    def launch(self) -> int:
        self.launched += 1
        if self.warm is None or self.launched in (1, GROUP_KILLS + 1):
            return self.system.start(*WORKER).pid
        self.warm.stdin.write(" ".join(WORKER) + "\n")
        self.warm.stdin.flush()
        return int(self.warm.stdout.readline())


def kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def kill_children(pid: int) -> None:
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    for child, parent in map(str.split, table.splitlines()):
        if int(parent) == pid:
            os.kill(int(child), signal.SIGKILL)


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s in vain until {what}"
        time.sleep(0.01)


def ask(sql: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row for (row,) in cursor.fetchall()}


def count_matured() -> int:
    return ask(MATURED).pop()


def is_past(point: int, gone: set[int]) -> bool:
    """Whether the work is past a point and goes on, in connections that are not gone."""
    return ask(POSTED).pop() > point and bool(ask(BATCHES) - gone) and count_matured() > 0


def kill_again_and_again(launcher: Launcher, *, chance: random.Random) -> list[Kill]:
    """Kill a worker, or its children, at fifty random points of the work; at the end one is left and works on."""
    points = sorted(chance.sample(range(CREDITS * 19 // 20), KILLS))
    victims = ["group"] * GROUP_KILLS + ["children"] * (KILLS - GROUP_KILLS)
    chance.shuffle(victims)
    worker, kills, gone = launcher.launch(), [], set()  # gone are connections of the killed: their last batch may go on
    first = ask(POSTED).pop()
    for point, victim in zip(points, victims, strict=True):
        until(partial(is_past, first + point, gone), f"some {point} have matured and the worker goes on")
        time.sleep(chance.uniform(0, 0.05))
        batches = ask(BATCHES) - gone
        (kill_group if victim == "group" else kill_children)(worker)
        gone = ask(CONNECTIONS)
        kills.append(Kill(victim, len(batches), count_matured()))
        worker = launcher.launch() if victim == "group" else worker
    return kills


@pytest.mark.parametrize("start", ["warm", pytest.param("cold", marks=pytest.mark.slow)])
def test_killed_worker_matures_every_credit_once(system, alice, start, request, record_property):
    if start == "cold" and "slow" not in request.config.option.markexpr:
        pytest.skip("takes minutes: pytest -m slow tests/flows/test_kill.py")
    begun = time.monotonic()
    assert add_credits(alice, referrals=8334, payments=5, at=timezone.now() - timedelta(days=31)) == CREDITS
    added = time.monotonic()
    seed = random.randrange(10**6)
    system.start(*BEAT)

    kills = kill_again_and_again(Launcher(system, warm=start == "warm"), chance=random.Random(seed))
    until(lambda: count_matured() == CREDITS, "all have matured")
    done = time.monotonic()

    amid_work = [kill for kill in kills if 0 < kill.matured < CREDITS]
    amid_a_batch = [kill for kill in kills if kill.batches]
    facts = {
        "seed": seed, "kills": len(kills), "amid work": len(amid_work), "amid a batch": len(amid_a_batch),
        "adding": round(added - begun), "seconds": round(done - added),
    }  # fmt: skip
    record_property("kill", facts)
    print(facts)
    assert (len(kills), len(amid_work)) == (KILLS, KILLS), facts
    assert len(amid_a_batch) >= KILLS // 2, facts
    assert_matured_once(system)


def assert_matured_once(system: System) -> None:
    entries = LedgerEntry.objects.filter(kind="mature")
    assert (entries.count(), entries.values("reward").distinct().count()) == (CREDITS, CREDITS)
    assert Reward.objects.filter(status="available").count() == Reward.objects.count() == CREDITS
    assert Event.objects.filter(kind="reward.available").values("subject").distinct().count() == CREDITS
    assert Event.objects.filter(kind="reward.available").count() == CREDITS
    command = [sys.executable, "manage.py", "check_books"]
    checked = subprocess.run(command, cwd=settings.BASE_DIR, env=system.environment, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout.splitlines()[1:]) == (0, ["the books agree"]), checked
