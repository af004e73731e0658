"""The fake over HTTP, so that `stripe.StripeClient(key, base_addresses={"api": url})` reaches it."""

import json
import socket
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from config.demo.stripe.controls import control
from config.demo.stripe.errors import ConnectionLost
from config.demo.stripe.fake import FakeStripe, account_of
from config.demo.stripe.webhooks import Postman

MOST_BYTES = 1 << 20


class StripeServer(ThreadingHTTPServer):
    """Serves fakes from `serve_forever` until `server_close`, and delivers their events meanwhile.

    Each is one Stripe account; the API key of a request tells which is meant, that of a control path too. A control
    path without a key is the first one's.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, fakes: Sequence[FakeStripe]) -> None:
        super().__init__((host, port), Handler)
        self.fakes = fakes
        self.postmen = [Postman(fake.store) for fake in fakes]
        for postman in self.postmen:
            postman.start()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away while it was answered is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        for postman in self.postmen:
            postman.stop()
        super().server_close()


class Handler(BaseHTTPRequestHandler):
    server: StripeServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/_ready":
            self._send(200, {}, "{}")
        else:
            self._ask(address.path, address.query)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MOST_BYTES:
            self.close_connection = True
            self._send(413, {}, "{}")
            return
        text = self.rfile.read(length).decode(errors="replace")
        path = urlsplit(self.path).path
        if path.startswith("/_"):
            self._control(path, text)
        else:
            self._ask(path, text)

    def do_DELETE(self) -> None:
        self._ask(urlsplit(self.path).path, "")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing of each request."""

    def _ask(self, path: str, form: str) -> None:
        try:
            given = dict(self.headers.items())
            status, headers, body = account_of(given, self.server.fakes).handle(self.command, path, form, given)
        except ConnectionLost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(status, headers, body)

    def _control(self, path: str, text: str) -> None:
        try:
            command = json.loads(text or "{}")
        except ValueError:
            command = None
        if isinstance(command, dict):
            status, answer = control(account_of(dict(self.headers.items()), self.server.fakes), path, command)
        else:
            status, answer = 400, {"error": "the body is no JSON object"}
        self._send(status, {}, json.dumps(answer))

    def _send(self, status: int, headers: dict[str, str], body: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in ({"content-type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
