"""A mail server of a customer: it speaks SMTP on this machine, answers as it is told, and keeps what it took."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """`replies` answer a command by the word it begins with, instead of the usual; `hang_up_at` ends the call there."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken: list[tuple[str, EmailMessage]] = []
        self.calls = 0
        self.replies: dict[str, str] = {}
        self.hang_up_at = ""
        self.on_data: Any = None

    @property
    def port(self) -> int:
        return self.server_address[1]

    def handle_error(self, *args: Any) -> None:
        """A caller that hangs up is nothing to tell of."""


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer
    USUAL = {"MAIL": "250 ok", "RCPT": "250 ok", "RSET": "250 ok", "NOOP": "250 ok", "EHLO": "250 mail.example"}

    def handle(self) -> None:
        self.server.calls += 1
        self.say("220 mail.example")
        to = ""
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().decode().upper()
            if word == self.server.hang_up_at:
                return
            if word == "RCPT":
                to = line.decode().partition("<")[2].partition(">")[0]
            if word == "QUIT":
                self.say("221 bye")
                return
            if word == "DATA" and "DATA" not in self.server.replies:
                self.take(to)
            else:
                self.say(self.server.replies.get(word) or self.USUAL.get(word, "502 what?"))

    def take(self, to: str) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.server.on_data:
            self.server.on_data()
        if "END" not in self.server.replies:
            self.server.taken.append((to, message_from_bytes(b"".join(lines), policy=policy.default)))
        if self.server.hang_up_at == "END":
            self.connection.close()
            return
        self.say(self.server.replies.get("END") or "250 taken")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def receiving_mail() -> Iterator[MailServer]:
    server = MailServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
