import socket
import time

import pytest

from events import gateway
from events.errors import Unreachable, UnsafeUrl
from events.gateway import check_url, post
from tests.events.receiver import receiving


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://hooks.example.com/x?y=1", "https://hooks.example.com/x?y=1"),
        ("https://HOOKS.Example.com", "https://hooks.example.com/"),
        ("https://hooks.example.com:8443/", "https://hooks.example.com:8443/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
    ],
)
def test_a_good_address_is_kept_in_its_usual_spelling(url, kept):
    assert check_url(url, allow_private=False) == kept


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks", "/hook", "ftp://hooks.example.com/", "http://hooks.example.com/", "https://", "https://h:22/",
        "https://user:pass@hooks.example.com/", "https://hooks.example.com/#part", "https://hooks.example.com:80/",
        "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://127.1/",
        "https://2130706433/", "https://hooks.example.com/a b", "https://hooks.example.com/\r\nX: y",
        "https://hooks.example.com/" + "x" * 2048, "javascript:alert(1)", "file:///etc/passwd",
        "https://hooks.example.com:99999/", "https://localhost/", "https://intranet/", "https://LOCALHOST./",
        "https://db.internal/", "https://printer.local./", "https://a.localhost/",
    ],
)  # fmt: skip
def test_a_bad_address_is_refused(url):
    with pytest.raises(UnsafeUrl):
        check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "①②⑦.0.0.1", "127。0。0。1"],
)
def test_nothing_reaches_this_machine_however_it_is_spelt(receiver, monkeypatch, host):
    monkeypatch.setattr(gateway, "PORTS", frozenset({receiver.server_address[1]}))

    with pytest.raises((UnsafeUrl, Unreachable)):
        post(f"https://{host}:{receiver.server_address[1]}/", body=b"{}", headers={}, allow_private=False)

    assert receiver.got == []


def test_one_private_address_of_a_name_is_enough(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)

    with pytest.raises(UnsafeUrl):
        post("https://rebound.example/", body=b"{}", headers={}, allow_private=False)


def test_the_name_is_resolved_once_and_its_checked_address_called(receiver, monkeypatch):
    """A name that answers otherwise the second time is never asked a second time."""
    asked = []
    resolve = socket.getaddrinfo

    def answer(host, port, *args, **options):
        if host == "hooks.example":
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return resolve(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    port = receiver.server_address[1]

    reply = post(f"http://hooks.example:{port}/x?y=1", body=b"{}", headers={"X-A": "b"}, allow_private=True)

    assert (reply.status, reply.text, asked) == (200, "thanks", ["hooks.example"])
    got = receiver.got[0]
    assert (got["path"], got["headers"]["Host"], got["headers"]["X-A"]) == ("/x?y=1", f"hooks.example:{port}", "b")


def test_a_redirect_is_a_reply_and_is_not_followed(receiver):
    receiver.status, receiver.headers = 302, {"Location": receiver.url}

    assert post(receiver.url, body=b"{}", headers={}, allow_private=True).status == 302
    assert len(receiver.got) == 1


def test_proxies_of_the_environment_are_not_used(receiver, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    assert post(receiver.url, body=b"{}", headers={}, allow_private=True).status == 200


def test_two_kibibytes_of_a_reply_are_kept_and_no_nul(receiver):
    receiver.reply = b"\x00\xff" + b"x" * 1_000_000

    text = post(receiver.url, body=b"{}", headers={}, allow_private=True).text

    assert text == "\ufffd" + "x" * 2046


@pytest.mark.parametrize(("header", "seconds"), [("120", 120), ("soon", None), ("-1", None), ("9" * 40, None)])
def test_when_to_come_back_is_read_where_it_is_a_number(receiver, header, seconds):
    receiver.headers = {"Retry-After": header}

    assert post(receiver.url, body=b"{}", headers={}, allow_private=True).retry_after == seconds


def test_nobody_listening_is_told_so(receiver):
    url = receiver.url
    receiver.shutdown()
    receiver.server_close()

    with pytest.raises(Unreachable):
        post(url, body=b"{}", headers={}, allow_private=True)


def test_a_silent_endpoint_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(gateway, "CONNECT_SECONDS", 0.2)
    receiver.delay = 2.0

    with pytest.raises(Unreachable):
        post(receiver.url, body=b"{}", headers={}, allow_private=True)


def test_an_endpoint_that_drips_is_cut_off(receiver, monkeypatch):
    monkeypatch.setattr(gateway, "TOTAL_SECONDS", 0.5)
    receiver.reply, receiver.drip = b"x" * 1000, 0.1
    started = time.monotonic()

    reply = post(receiver.url, body=b"{}", headers={}, allow_private=True)

    assert reply.status == 200
    assert time.monotonic() - started < 3


def test_plain_text_at_a_tls_port_is_a_failure(receiver, monkeypatch):
    port = receiver.server_address[1]

    with pytest.raises(Unreachable):
        post(f"https://127.0.0.1:{port}/", body=b"{}", headers={}, allow_private=True)
