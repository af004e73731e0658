"""Celery workers without the wait for Python to import: a process that has read all code forks one for each line of
its input, in a process group of its own, and prints its pid. What runs in the fork is `celery worker` and nothing else.
"""

import importlib
import os
import signal
import sys

import django
from celery.__main__ import main as run_celery

READ = [
    "billiard.heap", "billiard.popen_fork", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.prefork",
    "celery.contrib.django.task", "celery.events.receiver", "celery.worker.autoscale", "celery.worker.components",
    "celery.worker.consumer", "celery.worker.pidbox", "kombu.transport.redis", "psycopg",
]  # fmt: skip


def main() -> None:
    django.setup()
    for name in READ:
        importlib.import_module(name)
    importlib.import_module("config.celery").app.loader.import_default_modules()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            become_worker(line.split())
        print(pid, flush=True)


def become_worker(arguments: list[str]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    sys.argv = arguments
    sys.exit(run_celery())


if __name__ == "__main__":
    main()
