"""What a browser may do with each page, and whose pages may show it."""

import pytest
from django.utils import timezone

from portal.answers import ancestors_of
from portal.urls import urlpatterns
from referrals.models import Program
from referrals.services.access import View
from tests.cast import NOON
from tests.portal.worlds import describe, prosper, token_for, visitor


@pytest.fixture
def member(program, alice):
    describe(program)
    program.allowed_origins = ["https://app.acme.example:8443/any/path", "https://help.acme.example"]
    program.save(update_fields=["allowed_origins"])
    alice.refresh_from_db()
    return alice


OWN = "https://app.acme.example:8443 https://help.acme.example https://shop.acme.example"


def policy_of(response) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", ["", "referrals", "rewards", "payouts", "preferences"])
def test_a_window_of_its_own_is_in_nobody_s_frame(member, path):
    response = visitor(member).get(f"/portal/{path}")

    assert policy_of(response) == {
        "default-src": "'none'", "style-src": "'self'", "script-src": "'self'", "img-src": "'self' data:",
        "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
    }  # fmt: skip
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "view"), [("/w/{}", View.SHARE), ("/pe/{}/", View.EMBED), ("/pe/{}/payouts", View.EMBED)]
)
def test_a_framed_page_shows_on_the_program_s_own_sites(member, path, view):
    response = visitor().get(path.format(token_for(member, view)))

    policy = policy_of(response)
    assert policy["frame-ancestors"] == OWN
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert "X-Frame-Options" not in response
    assert response["Referrer-Policy"] == "no-referrer"


def test_a_program_without_sites_is_framed_nowhere(alice):
    response = visitor().get(f"/w/{token_for(alice, View.SHARE)}")

    assert policy_of(response)["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example; script-src *", "https://evil.example;script-src", "https://a,b.example", "*",
        "https://*.example", "javascript:alert(1)", "https://user@evil.example", "//evil.example", "https://[::1]",
        "https://evil.example\n", "", "evil.example", "data:text/html,x",
    ],
)  # fmt: skip
def test_no_setting_slips_anything_into_the_policy(origin):
    assert ancestors_of(Program(landing_url="", allowed_origins=[origin])) == "'none'"


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://shop.example/a?b#c", "https://shop.example"),
        ("https://SHOP.example:443", "https://shop.example"),
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_an_origin_is_written_plainly(url, written):
    assert ancestors_of(Program(landing_url=url)) == written


def test_a_share_page_and_an_apology_hold_no_script_and_no_form(member):
    for path in ("/s/web/acme/ALICE", "/p/x", "/portal/signed-out", "/portal/"):
        response = visitor().get(path)
        assert "script-src" not in policy_of(response)
        assert policy_of(response)["frame-ancestors"] == "'none'"
        assert response["X-Frame-Options"] == "DENY"


def test_an_apology_shows_in_any_frame_but_only_there(member):
    framed = visitor().get(f"/w/{token_for(member, View.SHARE, at=NOON)}")

    assert policy_of(framed)["frame-ancestors"] == "*"
    assert policy_of(framed)["form-action"] == "'none'"
    assert "X-Frame-Options" not in framed


def test_no_page_holds_anything_inline_or_from_elsewhere(member):
    prosper(member, now=timezone.now())
    paths = [f"/portal/{name}" for name in ("", "referrals", "rewards", "payouts", "preferences")]

    for path in [*paths, f"/w/{token_for(member, View.SHARE)}", "/s/web/acme/ALICE"]:
        page = visitor(member).get(path).content.decode()
        assert [part for part in ("style=", "<style", "onclick", "javascript:") if part in page] == []
        assert page.count("<script") == page.count('<script src="/static/portal.js" defer>')
        assert page.count('src="http') == 0


def test_every_framed_address_has_one_in_a_window():
    names = {pattern.name or "" for pattern in urlpatterns}

    framed = {name.removeprefix("embed_") for name in names if name.startswith("embed_")}
    assert framed == {"referrals", "rewards", "payouts", "invite", "qr"}
    assert framed <= names
