import logging

import pytest

from config.logs import hide_tokens


@pytest.mark.parametrize("door", ["p", "pe", "w", "u", "j"])
def test_a_line_about_a_request_tells_no_token(door):
    line = hide_tokens(None, "info", {"event": "request_started", "request": f"GET /{door}/abc.DEF-1_2?x=1"})

    assert line == {"event": "request_started", "request": f"GET /{door}/…?x=1"}


def test_what_follows_a_token_stays():
    assert hide_tokens(None, "info", {"request": "POST /pe/abc.def/invite"})["request"] == "POST /pe/…/invite"


@pytest.mark.parametrize("path", ["/r/acme/ALICE", "/portal/payouts", "/admin/p/1/", "/api/w/2", "/p/"])
def test_other_addresses_stay(path):
    assert hide_tokens(None, "info", {"request": f"GET {path}"})["request"] == f"GET {path}"


def test_django_s_own_lines_tell_none_either(client, db, caplog):
    with caplog.at_level(logging.WARNING, logger="django.request"):
        client.get("/p/abc.def")

    (record,) = [record for record in caplog.records if record.name == "django.request"]
    line = hide_tokens(None, "warning", {"event": record.getMessage()})
    assert line["event"] == "Not Found: /p/…"
