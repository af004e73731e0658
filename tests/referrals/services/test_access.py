from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from referrals.errors import ExpiredAccess, InvalidAccess
from referrals.models import Member
from referrals.services.access import View, access_token, access_urls, member_of_token
from tests.cast import NOON, make_member, make_program

MINUTE = timedelta(minutes=1)


def test_a_token_finds_its_member_in_one_query(alice):
    token = access_token(alice, at=NOON, minutes=20)

    with CaptureQueriesContext(connection) as queries:
        member = member_of_token(token, at=NOON + 19 * MINUTE)
        found = (member, member.person.first_name, member.program.name, member.tenant.alias)

    assert found == (alice, "Alice", "default", "acme")
    assert len(queries) == 1


def test_a_token_ends_with_its_last_minute(alice):
    token = access_token(alice, at=NOON, minutes=20)

    assert member_of_token(token, at=NOON + 20 * MINUTE - timedelta(microseconds=1)) == alice
    with pytest.raises(ExpiredAccess):
        member_of_token(token, at=NOON + 20 * MINUTE)


def test_no_token_lives_longer_than_thirty_days(alice):
    token = access_token(alice, at=NOON, minutes=10**9)

    with pytest.raises(ExpiredAccess):
        member_of_token(token, at=NOON + timedelta(days=30))


@pytest.mark.parametrize("view", list(View))
def test_a_token_opens_one_view_and_no_other(alice, view):
    token = access_token(alice, at=NOON, minutes=20, view=view)

    assert member_of_token(token, at=NOON, view=view) == alice
    for other in set(View) - {view}:
        with pytest.raises(InvalidAccess):
            member_of_token(token, at=NOON, view=other)


def test_no_letter_of_a_token_can_be_changed(alice):
    token = access_token(alice, at=NOON, minutes=20)

    for place, letter in enumerate(token):
        spoilt = f"{token[:place]}{'A' if letter != 'A' else 'B'}{token[place + 1 :]}"
        with pytest.raises(InvalidAccess):
            member_of_token(spoilt, at=NOON)


def test_a_signature_is_good_for_no_other_member(alice, program):
    bea = make_member(program, "bea")
    whose, _ = access_token(bea, at=NOON, minutes=20).split(".")
    _, signature = access_token(alice, at=NOON, minutes=20).split(".")

    with pytest.raises(InvalidAccess):
        member_of_token(f"{whose}.{signature}", at=NOON)


@pytest.mark.parametrize("text", ["", ".", "x", "a.b", "é", "\x00", "x" * 5000, "eyJhIjoxfQ.abc"])
def test_what_is_no_token_is_refused(db, text):
    with pytest.raises(InvalidAccess):
        member_of_token(text, at=NOON)


def spoil(thing, **fields):
    for name, value in fields.items():
        setattr(thing, name, value)
    thing.save(update_fields=list(fields))


@pytest.mark.parametrize(
    "keep_out",
    [
        lambda member: spoil(member, removed_at=NOON),
        lambda member: spoil(member.person, blocked_at=NOON),
        lambda member: spoil(member.person, removed_at=NOON),
        lambda member: spoil(member.program, is_active=False),
        lambda member: spoil(member.tenant, is_active=False),
    ],
    ids=["removed", "blocked", "forgotten", "program off", "tenant off"],
)
def test_whoever_may_not_come_in_is_told_from_no_forgery(alice, keep_out):
    token = access_token(alice, at=NOON, minutes=20)
    keep_out(alice)

    with pytest.raises(InvalidAccess) as caught:
        member_of_token(token, at=NOON)

    assert type(caught.value) is InvalidAccess


def test_a_disabled_member_still_sees_what_they_earned(alice):
    spoil(alice, status=Member.Status.DISABLED)

    assert member_of_token(access_token(alice, at=NOON, minutes=20), at=NOON) == alice


def test_a_token_tells_nothing_but_an_opaque_id(alice):
    token = access_token(alice, at=NOON, minutes=20)

    assert not {"alice", "acme", str(alice.pk)} & {part.lower() for part in token.split(".")}
    assert len(token) < 130


def test_the_links_of_a_member_lead_to_pages_of_ours(alice, settings):
    settings.BASE_URL = "https://go.acme.example"

    urls = access_urls(alice, at=NOON, minutes=20)

    assert urls.referral_code == "ALICE"
    assert urls.share == "https://go.acme.example/r/acme/ALICE"
    assert urls.sms == "https://go.acme.example/s/sms/acme/ALICE"
    assert urls.twitter == "https://go.acme.example/s/x/acme/ALICE"
    addresses = [url for url in urls if url != "ALICE"]
    assert {url.startswith("https://go.acme.example/") for url in addresses} == {True}
    names = [resolve(urlsplit(url).path).view_name.removeprefix("portal:") for url in addresses]
    assert names == ["widget", "embed", "tenant_link", *["share"] * 9, "enter"]


def test_each_access_link_opens_its_own_view(alice):
    urls = access_urls(alice, at=NOON, minutes=20)

    for url, view in ((urls.portal, View.PORTAL), (urls.full_embed, View.EMBED), (urls.share_embed, View.SHARE)):
        token = resolve(urlsplit(url).path).kwargs["token"]
        assert member_of_token(token, at=NOON, view=view) == alice


def test_without_an_active_code_there_is_nothing_to_share(alice):
    alice.codes.update(is_active=False)

    urls = access_urls(alice, at=NOON, minutes=20)

    assert (urls.referral_code, urls.share, urls.web) == ("", "", "")
    assert urls.portal


def test_a_code_s_strange_letters_survive_in_a_link(globex):
    charlie = make_member(make_program(globex), "charlie", code="A.b-C_1")

    assert access_urls(charlie, at=NOON, minutes=20).whatsapp.endswith("/s/whatsapp/globex/A.b-C_1")
