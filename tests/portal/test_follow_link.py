from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.visitors import COOKIE
from referrals.models import Attribution
from tests.cast import NOON, make_member, make_program

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LANDING = "https://shop.acme.example/welcome?plan=pro#top"


@pytest.fixture
def browser(db) -> Client:
    return Client(headers={"User-Agent": BROWSER, "Referer": "https://social.example/post"})


@pytest.fixture
def landing(program, alice):
    program.landing_url = LANDING
    program.allowed_origins = ["https://blog.acme.example"]
    program.save(update_fields=["landing_url", "allowed_origins"])
    return program


def only_touch() -> Attribution:
    return Attribution.objects.get()


def test_a_link_leads_to_the_landing_page(browser, landing):
    response = browser.get("/r/ALICE")

    assert response.status_code == 302
    expected = f"https://shop.acme.example/welcome?plan=pro&ref=ALICE&click_id={only_touch().public_id}#top"
    assert response["Location"] == expected
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_the_click_is_recorded(browser, landing, alice, acme):
    query = {"utm_source": "mail", "utm_medium": "letter", "utm_campaign": "may", "to": "https://blog.acme.example/a"}

    response = browser.get("/r/alice", query, REMOTE_ADDR="198.51.100.7")

    touch = only_touch()
    assert response["Location"] == f"https://blog.acme.example/a?ref=ALICE&click_id={touch.public_id}"
    assert (touch.tenant, touch.member, touch.kind, touch.status) == (acme, alice, "click", "pending")
    assert (touch.verdict, touch.ip_address, touch.user_agent) == ("valid", "198.51.100.7", BROWSER)
    assert (touch.referrer_url, touch.landing_path) == ("https://social.example/post", "/a")
    assert (touch.utm_source, touch.utm_medium, touch.utm_campaign) == ("mail", "letter", "may")
    assert touch.visitor == response.cookies[COOKIE].value


def test_a_target_elsewhere_is_not_honoured(browser, landing):
    response = browser.get("/r/ALICE", {"to": "https://evil.example/"})

    assert response["Location"].startswith("https://shop.acme.example/welcome?")


def test_a_click_costs_one_query(browser, landing):
    with CaptureQueriesContext(connection) as queries:
        browser.get("/r/ALICE")

    assert len(queries) == 1


def test_a_click_behind_a_proxy_is_the_visitors(browser, landing, settings):
    settings.TRUSTED_PROXIES = 1

    browser.get("/r/ALICE", headers={"X-Forwarded-For": "1.1.1.1, 198.51.100.7"}, REMOTE_ADDR="10.0.0.9")

    assert only_touch().ip_address == "198.51.100.7"


def test_the_cookie_is_an_opaque_first_party_one(browser, landing, settings):
    settings.INSECURE = False

    cookie = browser.get("/r/ALICE").cookies[COOKIE]

    assert len(cookie.value) == 32
    assert int(cookie.value, 16) >= 0
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert (cookie["max-age"], cookie["path"], cookie["domain"]) == (365 * 24 * 3600, "/", "")


def test_without_tls_the_cookie_is_not_secure(browser, landing, settings):
    settings.INSECURE = True

    assert browser.get("/r/ALICE").cookies[COOKIE]["secure"] == ""


def test_a_visitor_is_known_again(browser, landing, program):
    make_member(program, "anna", code="ANNA")
    first = browser.get("/r/ALICE").cookies[COOKIE].value

    second = browser.get("/r/ANNA").cookies[COOKIE].value

    assert second == first
    assert set(Attribution.objects.values_list("visitor", "code__code")) == {(first, "ALICE"), (first, "ANNA")}


@pytest.mark.parametrize("forged", ["", "x", "G" * 32, "a" * 31, "a" * 33, "A" * 32, "a" * 5000])
def test_a_cookie_not_of_our_making_is_replaced(browser, landing, forged):
    browser.cookies[COOKIE] = forged

    value = browser.get("/r/ALICE").cookies[COOKIE].value

    assert value != forged
    assert only_touch().visitor == value


def test_two_clicks_at_once_are_one_touch(browser, landing):
    first = browser.get("/r/ALICE")["Location"]

    assert browser.get("/r/ALICE")["Location"] == first
    assert Attribution.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Purpose": "preview"}, {"X-Moz": "prefetch"}],
)
def test_a_browser_that_only_looks_ahead_does_not_count(browser, landing, headers):
    response = browser.get("/r/ALICE", headers=headers)

    assert response.status_code == 302
    assert only_touch().verdict == "prefetch"


def test_a_head_does_not_count(browser, landing):
    response = browser.head("/r/ALICE")

    assert (response.status_code, response.content) == (302, b"")
    assert only_touch().verdict == "prefetch"


def test_a_link_preview_does_not_count(landing):
    Client(headers={"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}).get("/r/ALICE")

    assert only_touch().verdict == "bot"


def test_without_a_landing_page_the_friend_is_shown_the_code(browser, alice):
    response = browser.get("/r/alice")

    assert response.status_code == 200
    assert response.templates[0].name == "portal/invited.html"
    assert "You were invited by a friend" in response.content.decode()
    assert '<p class="code">ALICE</p>' in response.content.decode()
    assert only_touch().visitor == response.cookies[COOKIE].value
    assert response["Cache-Control"] == "no-store"


def test_without_a_landing_page_an_allowed_target_is_honoured(browser, alice, program):
    program.allowed_origins = ["https://blog.acme.example"]
    program.save(update_fields=["allowed_origins"])

    response = browser.get("/r/ALICE", {"to": "https://blog.acme.example/"})

    assert response["Location"].startswith("https://blog.acme.example/?ref=ALICE&")


def switch_off(code):
    code.is_active = False
    code.save(update_fields=["is_active"])


def end(code):
    code.ends_at = NOON
    code.save(update_fields=["ends_at"])


def begin_later(code):
    code.starts_at = NOON + timedelta(days=36500)
    code.save(update_fields=["starts_at"])


def disable_member(code):
    code.member.status = "Disabled"
    code.member.save(update_fields=["status"])


def block_owner(code):
    code.member.person.blocked_at = NOON
    code.member.person.save(update_fields=["blocked_at"])


def stop_program(code):
    code.member.program.is_active = False
    code.member.program.save(update_fields=["is_active"])


def stop_tenant(code):
    code.tenant.is_active = False
    code.tenant.save(update_fields=["is_active"])


@pytest.mark.parametrize(
    "spoil", [switch_off, end, begin_later, disable_member, block_owner, stop_program, stop_tenant]
)
def test_a_code_that_leads_nowhere_is_told_from_no_other(browser, landing, alice, spoil):
    unknown = browser.get("/r/NOBODY")
    spoil(alice.codes.get())

    for path in ("/r/ALICE", "/r/acme/ALICE"):
        response = browser.get(path)
        assert (response.status_code, response.content) == (404, unknown.content)
        assert COOKIE not in response.cookies
    assert Attribution.objects.count() == 0


def test_a_code_of_two_tenants_needs_the_alias(browser, landing, globex):
    make_member(make_program(globex, landing_url="https://globex.example/"), "charlie", code="Alice")

    assert browser.get("/r/ALICE").content == browser.get("/r/NOBODY").content
    assert browser.get("/r/acme/ALICE")["Location"].startswith("https://shop.acme.example/")
    assert browser.get("/r/globex/ALICE")["Location"].startswith("https://globex.example/?ref=Alice&")


def test_a_host_name_tells_whose_code_is_meant(browser, landing, globex):
    make_member(make_program(globex, landing_url="https://globex.example/"), "charlie", code="ALICE")
    globex.domains.create(host="go.globex.example")

    response = browser.get("/r/ALICE", headers={"Host": "GO.globex.example:8443"})

    assert response["Location"].startswith("https://globex.example/")


def test_an_alias_finds_only_its_own_codes(browser, landing, globex):
    unknown = browser.get("/r/NOBODY").content

    assert browser.get("/r/globex/ALICE").content == unknown
    assert browser.get("/r/no-such-tenant/ALICE").content == unknown


@pytest.mark.parametrize(
    "path", ["/r/%ED%A0%80", "/r/%FF", "/r/%0d%0aSet-Cookie:a", "/r/" + "x" * 3000, "/r/a b", "/r/é"]
)
def test_a_strange_code_is_an_unknown_code(browser, landing, path):
    assert browser.get(path).status_code == 404


def test_long_and_strange_details_do_not_break_a_click(browser, landing):
    query = dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "to"), "😀" * 3000)
    headers = {"User-Agent": BROWSER + "x" * 5000, "Referer": "https://a.example/" + "y" * 5000}

    assert browser.get("/r/ALICE", query, headers=headers).status_code == 302
    assert len(only_touch().referrer_url) == 2048


def test_a_broken_query_does_not_break_a_click(browser, landing):
    response = browser.get("/r/ALICE?utm_source=%ED%A0%80%FF&to=%ED%A0%80&%FF=1&=&&")

    assert response.status_code == 302
    assert response["Location"].startswith("https://shop.acme.example/welcome?")


def test_a_trailing_slash_does_no_harm(browser, landing):
    assert browser.get("/r/ALICE/").status_code == 302
    assert browser.get("/r/acme/ALICE/").status_code == 302


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods_are_refused(browser, landing, method):
    response = getattr(browser, method)("/r/ALICE")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert Attribution.objects.count() == 0


def test_one_address_has_a_limit(browser, landing, settings):
    settings.CLICKS_PER_MINUTE = 2
    answers = [browser.get("/r/ALICE", REMOTE_ADDR=f"2001:db8:1:2::{number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert answers[2].templates[0].name == "portal/slow_down.html"
    assert Attribution.objects.count() == 2
    assert browser.get("/r/ALICE", REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_the_pages_ask_nothing_of_other_servers(browser, alice):
    for path in ("/r/ALICE", "/r/NOBODY"):
        response = browser.get(path)
        page = response.content.decode()
        assert "//" not in page
        assert "<script" not in page
        assert response["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert response["Referrer-Policy"] == "no-referrer"


def send_to(member, url):
    member.custom_override_url = url
    member.save(update_fields=["custom_override_url"])


def test_a_member_s_own_page_comes_before_the_program_s(browser, landing, alice):
    send_to(alice, "https://blog.acme.example/alice?a=1")

    location = browser.get("/r/ALICE")["Location"]

    assert location == f"https://blog.acme.example/alice?a=1&ref=ALICE&click_id={only_touch().public_id}"


def test_the_page_asked_for_comes_before_a_member_s_own(browser, landing, alice):
    send_to(alice, "https://blog.acme.example/alice")

    location = browser.get("/r/ALICE", {"to": "https://shop.acme.example/sale"})["Location"]

    assert location.startswith("https://shop.acme.example/sale?ref=ALICE&")


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "blog.acme.example"])
def test_a_member_s_own_page_is_one_that_the_program_allows(browser, landing, alice, url):
    send_to(alice, url)

    for to in ("", url):
        assert browser.get("/r/ALICE", {"to": to})["Location"].startswith("https://shop.acme.example/welcome?")


def test_a_member_s_own_page_costs_no_query_more(browser, landing, alice):
    send_to(alice, "https://blog.acme.example/alice")

    with CaptureQueriesContext(connection) as queries:
        browser.get("/r/ALICE")

    assert len(queries) == 1
