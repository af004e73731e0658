"""Calling addresses that strangers gave us. The only module here that opens a connection.

The name is resolved once, every address it has is judged, and the connection goes to a judged one: a name that changes
its mind in between gains nothing. No redirect is followed and no proxy of the environment is used.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http.client import HTTPException
from typing import NamedTuple

import certifi
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from events.addresses import is_private
from events.errors import Unreachable, UnsafeUrl

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MAX_URL = 2048
MAX_REPLY = 2048
PORTS = frozenset({443, 8443})
INNER_NAMES = (".localhost", ".local", ".internal", ".home.arpa")


class Reply(NamedTuple):
    """What an endpoint answered: its status, the first 2 KiB, when to come back (seconds) if it says so."""

    status: int
    text: str
    retry_after: int | None


class Connection(HTTPConnection):
    """Can be cut from another thread at any time, also while TLS is being agreed upon."""

    handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self.handle = connected.dup()  # ours alone, so it is never another connection's by the time it is used
        return connected

    def cut(self) -> None:
        if self.handle:
            with suppress(OSError):
                self.handle.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close for good. `close` alone may be called with the reply still to be read."""
        self.close()
        if self.handle:
            self.handle.close()


class SecureConnection(Connection, HTTPSConnection):
    pass


def check_url(text: str, *, allow_private: bool) -> str:
    """The address in its one usual spelling, international names as ASCII. Raises UnsafeUrl.

    HTTPS on the ports 443 and 8443 alone, with no user, no fragment, at most 2,048 characters, and no host that is a
    private address or a name of an inner network. Allowing private targets allows plain HTTP and any port too, for
    tests and demos.
    """
    url = _parse(text)
    if url.scheme != "https" and not (allow_private and url.scheme == "http"):
        raise UnsafeUrl("The address must be HTTPS.")
    if url.auth or url.fragment:
        raise UnsafeUrl("The address must have no user and no fragment.")
    if not allow_private and (url.port or 443) not in PORTS:
        raise UnsafeUrl("The address must be at port 443 or 8443.")
    if not allow_private and _is_inside(_bare_host(url)):
        raise UnsafeUrl("The address leads into a private network.")
    return str(url)


def post(url: str, *, body: bytes, headers: Mapping[str, str], allow_private: bool) -> Reply:
    """Send a body to a checked address; any status is a reply. Raises UnsafeUrl and Unreachable, within 15 seconds."""
    deadline = time.monotonic() + TOTAL_SECONDS
    target = _parse(check_url(url, allow_private=allow_private))
    address = _resolve(target, allow_private=allow_private)
    connection = _connection(target, address)
    try:
        with _cut_off(connection, deadline):
            connection.connect()
            told = {"Host": target.netloc or "", **headers}
            connection.request("POST", target.request_uri, body=body, headers=told, preload_content=False)
            response = connection.getresponse()
            return Reply(response.status, _beginning(response), _retry_after(response.headers.get("Retry-After", "")))
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:200]) from error


def _parse(text: str) -> Url:
    try:
        url = parse_url(text)
    except LocationParseError as error:
        raise UnsafeUrl("The address is malformed.") from error
    if len(text) > MAX_URL or not text.isprintable() or " " in text or not url.host or not url.scheme:
        raise UnsafeUrl("The address is malformed.")
    return url if url.path else url._replace(path="/")


def _is_inside(host: str) -> bool:
    """What can be told of a host by its spelling; what a name resolves to is judged at each call."""
    if ":" in host or host.replace(".", "").isdigit():
        return is_private(host)
    return "." not in host.rstrip(".") or host.rstrip(".").endswith(INNER_NAMES)


def _bare_host(url: Url) -> str:
    return (url.host or "").strip("[]")


def _port(url: Url) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _resolve(url: Url, *, allow_private: bool) -> str:
    """An address of the name, all of which must be public."""
    try:
        found = socket.getaddrinfo(_bare_host(url), _port(url), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("The name has no address.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and any(is_private(address) for address in addresses):
        raise UnsafeUrl("The name leads into a private network.")
    return addresses[0]


def _connection(url: Url, address: str) -> Connection:
    if url.scheme == "http":
        return Connection(address, _port(url), timeout=CONNECT_SECONDS)
    host = _bare_host(url)
    return SecureConnection(
        address,
        _port(url),
        timeout=CONNECT_SECONDS,
        ssl_context=_trust(),
        server_hostname=host,
        assert_hostname=host,
    )


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


@contextmanager
def _cut_off(connection: Connection, deadline: float) -> Iterator[None]:
    """Break the connection at the deadline: a timeout of a socket starts anew with every byte that drips in."""
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), connection.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.release()


def _beginning(response: HTTPResponse) -> str:
    """What is readable of the first 2 KiB. The status says whether it was taken in, so the rest may fail to come."""
    try:
        reply = response.read(MAX_REPLY, decode_content=False)
    except (OSError, HTTPError, HTTPException):
        reply = b""
    return reply.decode("utf-8", "replace").replace("\x00", "")


def _retry_after(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 8 else None  # noqa: PLR2004 (more digits are years)
