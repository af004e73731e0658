"""Where the demo's fake Stripe is, from one start to the next."""

import os
import socket

import pytest

from config.demo.notes import use_noted_stripe, write_notes
from config.demo.stripe_account import place_account
from tests.config.demo.processes import free_port


def test_the_account_is_found_where_it_was():
    port = free_port()
    account = place_account({"stripe_port": port, "stripe_key": "sk_test_acme"}, "127.0.0.1")
    assert (account.url, account.port, account.key) == (f"http://127.0.0.1:{port}", port, "sk_test_acme")


def test_the_account_moves_when_its_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        account = place_account({"stripe_port": port, "stripe_key": "sk_test_acme"}, "127.0.0.1")
    assert account.port not in (0, port)


@pytest.mark.parametrize(
    ("given", "noted", "used"),
    [
        (None, {"stripe_api": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
        ("http://127.0.0.1:2", {"stripe_api": "http://127.0.0.1:1"}, "http://127.0.0.1:2"),
        (None, {}, None),
    ],
)
def test_commands_on_a_home_ask_the_stripe_of_its_demo(tmp_path, monkeypatch, given, noted, used):
    monkeypatch.setattr(os, "environ", {"VOUCH_STRIPE_API": given} if given else {})
    write_notes(tmp_path, noted)
    use_noted_stripe(tmp_path)
    assert os.environ.get("VOUCH_STRIPE_API") == used
