"""Coming in: by a link into a window of its own, by a token into a frame, and not at all."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.sessions import COOKIE
from referrals.models import Member
from referrals.services.access import View
from tests.cast import make_member, make_program
from tests.portal.worlds import AGENT, describe, token_for, visitor

HOUR = timedelta(hours=1)


@pytest.fixture
def alice(program):
    return make_member(describe(program), "alice", code="ALICE", last_name="Liddell")


def test_a_link_begins_a_visit_and_leaves_the_address(alice):
    browser = visitor()

    response = browser.get(f"/p/{token_for(alice)}")

    assert (response.status_code, response["Location"]) == (302, "/portal/")
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "Hi Alice, this is Friends of Acme" in browser.get("/portal/").content.decode()


def test_the_cookie_is_good_for_an_hour_of_these_pages_only(alice, settings):
    settings.INSECURE = False

    cookie = visitor().get(f"/p/{token_for(alice)}", secure=True).cookies[COOKIE]

    assert (cookie["path"], cookie["max-age"], cookie["domain"]) == ("/portal", 3600, "")
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)


def test_neither_token_stands_in_for_the_other(alice):
    session = token_for(alice, View.SESSION)
    forged = visitor()
    forged.cookies[COOKIE] = token_for(alice)

    assert visitor().get(f"/p/{session}").status_code == 404
    assert visitor().get(f"/pe/{session}/").status_code == 404
    assert visitor().get(f"/w/{token_for(alice, View.EMBED)}").status_code == 404
    assert visitor().get(f"/pe/{token_for(alice, View.SHARE)}/").status_code == 404
    assert forged.get("/portal/").status_code == 403


def test_a_visit_ends_with_its_hour(alice):
    browser = visitor()
    browser.cookies[COOKIE] = token_for(alice, View.SESSION, minutes=60, at=timezone.now() - HOUR)

    response = browser.get("/portal/rewards")

    assert response.status_code == 403
    assert response.templates[0].name == "portal/no_visit.html"


DOORS = [("/p/{}", View.PORTAL), ("/pe/{}/", View.EMBED), ("/pe/{}/rewards", View.EMBED), ("/w/{}", View.SHARE)]


@pytest.mark.parametrize(("path", "view"), DOORS)
def test_an_expired_link_helps_and_tells_nothing(alice, path, view):
    token = token_for(alice, view, at=timezone.now() - HOUR)

    response = visitor().get(path.format(token))

    assert response.status_code == 403
    assert "This link has expired" in response.content.decode()
    assert_tells_nothing(response)


@pytest.mark.parametrize(("path", "view"), DOORS)
def test_a_tampered_link_helps_and_tells_nothing(alice, path, view):
    token = token_for(alice, view)

    for spoilt in (f"{token[:-2]}AA", f"AA{token[2:]}", token.partition(".")[0], "x", "é", token[:-1]):
        response = visitor().get(path.format(spoilt))
        assert response.status_code == 404
        assert "This link leads nowhere" in response.content.decode()
        assert_tells_nothing(response)


@pytest.mark.parametrize(("path", "view"), DOORS)
def test_a_removed_member_is_told_from_no_forgery(alice, path, view):
    forged = visitor().get(path.format("x")).content
    token = token_for(alice, view)
    Member.objects.filter(pk=alice.pk).update(removed_at=timezone.now())

    response = visitor().get(path.format(token))

    assert (response.status_code, response.content) == (404, forged)


def assert_tells_nothing(response):
    page = response.content.decode()
    assert re.findall("alice|liddell|acme|friends of", page, re.IGNORECASE) == []
    assert COOKIE not in response.cookies
    assert "<script" not in page
    assert "<form" not in page
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


def test_removing_a_member_ends_their_visit(alice):
    browser = visitor(alice)
    assert browser.get("/portal/").status_code == 200

    Member.objects.filter(pk=alice.pk).update(removed_at=timezone.now())

    assert browser.get("/portal/").status_code == 403


@pytest.mark.parametrize("name", ["", "referrals", "rewards", "payouts", "preferences", "qr.png"])
def test_without_a_visit_nothing_is_shown(alice, name):
    response = visitor().get(f"/portal/{name}")

    assert response.status_code == 403
    assert "Alice" not in response.content.decode()


def test_signing_out_ends_the_visit(alice):
    browser = visitor(alice)

    response = browser.post("/portal/sign-out")

    assert response["Location"] == "/portal/signed-out"
    assert "You are signed out" in browser.get("/portal/signed-out").content.decode()
    assert browser.get("/portal/").status_code == 403


def test_forms_of_a_visit_want_proof_of_where_they_are_from(alice):
    browser = visitor(alice, enforce_csrf_checks=True)

    for name in ("invite", "preferences", "sign-out"):
        assert browser.post(f"/portal/{name}", {"first_name": "Dana", "email": "dana@dana.example"}).status_code == 403
    token = browser.get("/portal/").context["csrf_token"]
    sent = {"csrfmiddlewaretoken": str(token)}
    assert browser.post("/portal/sign-out", sent).status_code == 302


def test_a_form_of_a_frame_needs_the_token_alone(alice):
    browser = visitor(enforce_csrf_checks=True)
    base = f"/pe/{token_for(alice, View.EMBED)}/"

    page = browser.get(base).content.decode()

    assert "csrfmiddlewaretoken" not in page
    assert browser.post(f"{base}invite", {"first_name": "Dana", "email": "dana@dana.example"}).status_code == 302


def test_a_frame_has_no_menu_of_an_account(alice):
    base = f"/pe/{token_for(alice, View.EMBED)}/"

    page = visitor().get(base).content.decode()

    assert f'href="{base}payouts"' in page
    assert "/portal/" not in page
    assert "Sign out" not in page
    assert visitor().get(f"{base}preferences").status_code == 404


def test_one_network_has_a_limit(alice, settings):
    settings.CLICKS_PER_MINUTE = 2
    browser = visitor()

    answers = [browser.get(path) for path in ("/p/x", "/portal/", f"/w/{token_for(alice, View.SHARE)}")]

    assert [answer.status_code for answer in answers] == [404, 403, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert visitor(ip="203.0.113.9").get("/p/x").status_code == 404


def test_a_visit_counts_and_activates(alice):
    Member.objects.filter(pk=alice.pk).update(status="Invited", activated_at=None)

    visitor(alice).get("/portal/")

    alice.refresh_from_db()
    assert (alice.views, alice.status, alice.last_view_ip) == (1, "Activated", "198.51.100.7")


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": AGENT, "Sec-Purpose": "prefetch"}, {"User-Agent": "Slackbot-LinkExpanding 1.0"}, {}],
    ids=["prefetch", "preview", "no agent"],
)
def test_what_no_person_looks_at_does_not_count(alice, headers):
    browser = Client(headers=headers)
    browser.cookies[COOKIE] = token_for(alice, View.SESSION)

    assert browser.get("/portal/").status_code == 200

    alice.refresh_from_db()
    assert (alice.views, alice.first_view_at) == (0, None)


def test_lists_are_part_of_a_view_and_count_none(alice):
    browser = visitor(alice)

    for name in ("referrals", "rewards", "payouts", "preferences"):
        assert browser.get(f"/portal/{name}").status_code == 200

    alice.refresh_from_db()
    assert alice.views == 0


def test_charlie_s_link_opens_charlie_s_pages(alice, globex):
    charlie = make_member(make_program(globex), "charlie", code="ALICE")

    page = visitor(charlie).get("/portal/").content.decode()

    assert "Hi Charlie" in page
    assert "/r/globex/ALICE" in page
    assert re.findall("Alice|acme", page) == []


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pages_only_show(alice, method):
    browser = visitor(alice)

    for path in ("/portal/", "/portal/rewards", f"/p/{token_for(alice)}", f"/w/{token_for(alice, View.SHARE)}"):
        assert getattr(browser, method)(path).status_code == 405
