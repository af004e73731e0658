from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.channels import CHANNELS
from referrals.models import Attribution, Member
from tests.cast import NOON, make_member, make_program
from tests.portal.worlds import AGENT, describe, visitor

LINK = "https://go.acme.example/r/acme/ALICE"
TEXT = "I use Acme. $10 off their first month."


@pytest.fixture(autouse=True)
def _at_go_acme(settings):
    settings.BASE_URL = "https://go.acme.example"


@pytest.fixture
def member(program, alice):
    describe(program)
    return alice


def shares(member) -> tuple[int, int]:
    member.refresh_from_db()
    return member.email_shares, member.social_shares


@pytest.mark.parametrize(
    ("channel", "start", "told"),
    [
        ("whatsapp", "https://wa.me/?", {"text": [f"{TEXT} {LINK}"]}),
        ("facebook", "https://www.facebook.com/sharer/sharer.php?", {"u": [LINK]}),
        ("messenger", "fb-messenger://share/?", {"link": [LINK]}),
        ("x", "https://x.com/intent/post?", {"text": [TEXT], "url": [LINK]}),
        ("linkedin", "https://www.linkedin.com/sharing/share-offsite/?", {"url": [LINK]}),
        ("telegram", "https://t.me/share/url?", {"url": [LINK], "text": [TEXT]}),
        ("sms", "sms:?", {"body": [f"{TEXT} {LINK}"]}),
        ("email", "mailto:?", {"subject": ["An invitation to Acme"], "body": [f"{TEXT} {LINK}"]}),
    ],
)
def test_a_channel_gets_the_link_and_the_share_is_counted(member, channel, start, told):
    response = visitor().get(f"/s/{channel}/acme/alice")

    assert response.status_code == 302
    assert response["Location"].startswith(start)
    assert parse_qs(urlsplit(response["Location"]).query) == told
    assert shares(member) == ((1, 0) if channel == "email" else (0, 1))
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert Attribution.objects.count() == 0


def test_anywhere_else_is_a_page_of_ours(member):
    response = visitor().get("/s/web/acme/ALICE")

    page = response.content.decode()
    assert response.status_code == 200
    assert LINK in page
    assert "<svg" in page
    assert {f"/s/{name}/acme/ALICE" in page for name in CHANNELS if name != "web"} == {True}
    assert "alice" not in page
    assert shares(member) == (0, 1)


def test_every_channel_has_an_icon_of_its_own(member):
    page = visitor().get("/s/web/acme/ALICE").content.decode()

    assert page.count('class="icon"') == len(CHANNELS) - 1


def test_a_share_costs_one_read_and_one_write(member):
    with CaptureQueriesContext(connection) as queries:
        visitor().get("/s/x/acme/ALICE")

    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "UPDATE"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda code: code.member.codes.update(is_active=False),
        lambda code: Member.objects.filter(pk=code.member_id).update(status="Disabled"),
        lambda code: Member.objects.filter(pk=code.member_id).update(removed_at=NOON),
        lambda code: type(code.member.person).objects.filter(pk=code.member.person_id).update(blocked_at=NOON),
        lambda code: type(code.member.program).objects.filter(pk=code.member.program_id).update(is_active=False),
        lambda code: type(code.tenant).objects.filter(pk=code.tenant_id).update(is_active=False),
    ],
)
def test_a_code_that_leads_nowhere_is_not_shared(member, spoil):
    unknown = visitor().get("/r/NOBODY").content
    spoil(member.codes.get())

    for channel in ("x", "web"):
        response = visitor().get(f"/s/{channel}/acme/ALICE")
        assert (response.status_code, response.content) == (404, unknown)
    assert shares(member) == (0, 0)


@pytest.mark.parametrize("path", ["/s/myspace/acme/ALICE", "/s/x/globex/ALICE", "/s/x/acme/NOBODY", "/s/x/acme/é"])
def test_what_there_is_not_is_404(member, globex, path):
    make_member(make_program(globex), "charlie", code="CHARLIE")

    assert visitor().get(path).status_code == 404
    assert shares(member) == (0, 0)


@pytest.mark.parametrize("headers", [{"User-Agent": AGENT, "Purpose": "prefetch"}, {"User-Agent": "Googlebot/2.1"}, {}])
def test_what_nobody_pressed_does_not_count(member, headers):
    assert Client(headers=headers).get("/s/x/acme/ALICE").status_code == 302
    assert shares(member) == (0, 0)


def test_one_network_has_a_limit(member, settings):
    settings.CLICKS_PER_MINUTE = 1

    assert [visitor().get("/s/x/acme/ALICE").status_code for _ in range(2)] == [302, 429]
    assert shares(member) == (0, 1)


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_other_methods_are_refused(member, method):
    assert getattr(visitor(), method)("/s/x/acme/ALICE").status_code == 405


def test_strange_words_of_a_tenant_stay_words(member, program):
    program.referral_offer = "10% & more\r\nBcc: x@y.example #1"
    program.save(update_fields=["referral_offer"])

    address = visitor().get("/s/email/acme/ALICE")["Location"]

    assert parse_qs(urlsplit(address).query)["body"] == [f"I use Acme. {program.referral_offer} {LINK}"]
    assert "\n" not in address
