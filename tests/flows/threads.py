"""Many callers at once: real threads, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")
THREADS = 40  # well below the 200 connections that the embedded server grants


def run_together(times: int, call: Callable[[int], Result], *, threads: int = THREADS) -> list[Result]:
    """Call `call(0)` to `call(times - 1)` from threads that all start at one moment; the results in that order.

    What a call raises is raised here. The test must be marked `django_db(transaction=True)`.
    """
    threads = min(times, threads)
    start = Barrier(threads)

    def work(first: int) -> list[tuple[int, Result]]:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return [(number, call(number)) for number in range(first, times, threads)]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        shares = list(pool.map(work, range(threads)))
    return [result for _, result in sorted((pair for share in shares for pair in share), key=lambda pair: pair[0])]
