"""An endpoint of a customer: a real HTTP server on this machine that answers as told and keeps what it got."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.reply = b"thanks"
        self.headers: dict[str, str] = {}
        self.delay = 0.0
        self.drip = 0.0

    def handle_error(self, *args: Any) -> None:
        """A caller that hangs up is nothing to tell of."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append({"path": self.path, "headers": dict(self.headers), "body": body})
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.reply)))
        self.end_headers()
        if self.server.drip:
            self._drip()
        else:
            self.wfile.write(self.server.reply)

    def _drip(self) -> None:
        try:
            for byte in self.server.reply:
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.drip)
        except OSError:
            return

    def log_message(self, *args: Any) -> None:
        return


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
