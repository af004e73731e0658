"""One foreground process that owns all the others: servers, web, worker, beat and the traffic. No Django in here."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote

from config.demo.children import Child, start_child, stop_children
from config.demo.claims import CannotStart, check_port, claim_home
from config.demo.notes import STRIPE_VARIABLE, read_notes, write_notes
from config.demo.readiness import ask_readiness
from config.demo.stripe_account import note_account, place_account
from config.demo.summary import say, show_summary
from config.embedded import running_servers
from config.embedded.home import home

HOST = "127.0.0.1"
CELERY = ("celery", "-A", "config.celery")
WORKER = ("-P", "prefork", "-c", "2", "-l", "WARNING", "--without-gossip", "--without-mingle")
GRANIAN = ("granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-ws", "--no-access-log")
PAUSE = 0.1
READY_WITHIN = 300.0
USAGE = 2


class StopRequested(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


class ChildDied(Exception):
    """A process ended that should not have."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.name)
        self.child = child


def run_demo(*, port: int, bare: bool) -> int:
    """Run until told to stop; return the exit status: 0 stopped, 1 something failed, 2 it could not start."""
    try:
        check_port(HOST, port)
        with claim_home(home()):
            return Demo(home(), port=port, bare=bare).run()
    except (CannotStart, OSError) as reason:
        print(f"vouch: {reason}", file=sys.stderr)
        return USAGE


class Demo:
    def __init__(self, base: Path, *, port: int, bare: bool) -> None:
        self.base, self.port, self.bare = base, port, bare
        self.logs = base / "logs"
        self.children: list[Child] = []
        self.stop_requested = False
        self.started = time.monotonic()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def run(self) -> int:
        self._listen_for_signals()
        self._make_room()
        try:
            say(f"Vouch demo in {self.base}")
            with self._servers(), self._ending_children():
                self._start()
                self._watch_until(lambda: False)
        except ChildDied as death:
            say(f"\n{death.child.name} ended unexpectedly (status {death.child.process.returncode}). Its last words:")
            say(death.child.last_words())
            say(f"All is stopped. The whole log is {death.child.log}")
            return 1
        except (StopRequested, RuntimeError, OSError) as error:  # Ctrl-C also reaches what is starting the servers
            if not self.stop_requested:
                say(f"\n{error}")
                return 1
        say("Stopped. ./run demo goes on where this left off.")
        return 0

    def _start(self) -> None:
        with self._step("migrations"):
            self._run_through("prepare", "config.demo.prepare")
        if not self.bare:
            with self._step("Stripe, a fake one"):
                self._start_stripe()
        self._launch("worker", *CELERY, "worker", *WORKER)
        self._launch("beat", *CELERY, "beat", "-s", str(self.base / "beat-schedule"), "-l", "WARNING")
        if not self.bare and not read_notes(self.base).get("seeded"):
            self._run_through("seed", "config.demo.seed", talks=True)
        with self._step("web server and workers"):
            where = ("--host", HOST, "--port", str(self.port), "--workers-kill-timeout", "10")
            self._launch("web", *GRANIAN, *where, "config.wsgi:application")
            self._await_readiness()
        if not self.bare:
            self._launch("traffic", "config.demo.traffic", self.url)
        show_summary(read_notes(self.base), url=self.url, bare=self.bare, logs=self.logs, seconds=self._seconds())

    def _start_stripe(self) -> None:
        """Everybody who starts after it pays out through it, and it tells Acme of what happens there."""
        notes, folder = read_notes(self.base), self.base / "stripe"
        if not notes["seeded"]:  # what an interrupted seed left there is of nobody
            shutil.rmtree(folder, ignore_errors=True)
        account = place_account(notes, HOST)
        where = ("--host", HOST, "--port", str(account.port), "--data", str(folder))
        self._launch("stripe", "config.demo.stripe", *where, "--key", account.key)
        self._watch_until(account.is_ready)
        write_notes(self.base, note_account(account, notes, endpoint=f"{self.url}/webhooks/stripe/acme/"))
        os.environ[STRIPE_VARIABLE] = account.url

    def _launch(self, name: str, *arguments: str, talks: bool = False) -> Child:
        child = start_child(name, *arguments, logs=self.logs, talks=talks)
        self.children.append(child)
        return child

    def _run_through(self, name: str, *arguments: str, talks: bool = False) -> None:
        """Run a process that is to end by itself, with success."""
        child = self._launch(name, *arguments, talks=talks)
        self._watch_until(lambda: not child.is_alive, finite=child)
        if child.process.returncode:
            raise ChildDied(child)
        self.children.remove(child)

    def _await_readiness(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        answers = [""]

        def is_ready() -> bool:
            if time.monotonic() > deadline:
                raise RuntimeError(f"Vouch does not get ready. GET {self.url}/readyz says: {answers[-1]}")
            ready, answer = ask_readiness(self.url)
            answers.append(answer)
            return ready

        self._watch_until(is_ready)

    def _watch_until(self, condition: Callable[[], bool], *, finite: Child | None = None) -> None:
        """Wait for a condition while every child lives and nobody wants to stop."""
        while not condition():
            if self.stop_requested:
                raise StopRequested
            for child in self.children:
                if child is not finite and not child.is_alive:
                    raise ChildDied(child)
            time.sleep(PAUSE)

    @contextmanager
    def _servers(self) -> Iterator[None]:
        are_given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
        with self._step("servers as given" if are_given else "PostgreSQL and Valkey"):
            servers = running_servers(self.base)
            servers.__enter__()
        try:
            if self.stop_requested:
                raise StopRequested
            yield
        finally:
            servers.__exit__(None, None, None)

    @contextmanager
    def _ending_children(self) -> Iterator[None]:
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever presses Ctrl-C twice must not stop the stopping
            stop_children(self.children)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        if sys.stdout.isatty():
            print(f"  {name} ...", end="\r", flush=True)
        yield
        say(f"  {name:<26}{time.monotonic() - began:5.1f} s")

    def _make_room(self) -> None:
        """Directories of the home for logs, for the files by which all processes share one page at /metrics, and for
        bytecode where it is unwanted beside the sources: without it each process would compile every library anew.
        """
        self.logs.mkdir(exist_ok=True)
        shared = self.base / "metrics"
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir()
        os.environ |= {"PROMETHEUS_MULTIPROC_DIR": str(shared), "VOUCH_HOME": str(self.base)}
        os.environ.setdefault("VOUCH_BASE_URL", self.url)
        os.environ.setdefault("VOUCH_EMAIL_URL", f"filemail:///{quote(str(self.base / 'mail'))}")
        if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
            os.environ.setdefault("PYTHONPYCACHEPREFIX", str(self.base / "pycache"))

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _listen_for_signals(self) -> None:
        def request_stop(_number: int, _frame: FrameType | None) -> None:
            self.stop_requested = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, request_stop)
