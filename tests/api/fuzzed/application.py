"""The real WSGI application over HTTP, in the transaction of a test."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections, transaction

from config.wsgi import application

SIGNALS = (request_started, request_finished)


class Application:
    """Answers within the test's own transaction: its world is there, and all that is done to it is gone afterwards.

    One that forgets undoes each call at once: every one finds the world as it was made. No call is held to a limit by
    those before it, since each finds Redis empty.
    """

    def __init__(self, *, forgets: bool) -> None:
        self.connection, self.forgets = connections[DEFAULT_DB_ALIAS], forgets
        self.prefix, self.numbers = settings.REDIS_PREFIX, count(1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        connections[DEFAULT_DB_ALIAS] = self.connection
        settings.REDIS_PREFIX = f"{self.prefix}{next(self.numbers)}:"
        with transaction.atomic():
            answer = application(environ, start_response)
            content = list(answer)
            answer.close()
            transaction.set_rollback(self.forgets)
        return content


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        pass


@contextmanager
def served(*, forgets: bool) -> Iterator[str]:
    """The address of the application, which answers one call after another."""
    app = Application(forgets=forgets)
    with kept(app.connection), make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def kept(connection: Any) -> Iterator[None]:
    """Lets other threads use the connection, and no request end it, as Django's own client for tests does."""
    for signal in SIGNALS:
        signal.disconnect(close_old_connections)
    connection.inc_thread_sharing()
    try:
        yield
    finally:
        connection.dec_thread_sharing()
        for signal in SIGNALS:
            signal.connect(close_old_connections)
