"""Tokens by which a tenant vouches for a member: believed only if it signed them, and only while they hold."""

from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from api.member_tokens import InvalidToken, claimed_tenant, looks_like_token, verify_member_token, verify_token
from tests.cast import NOON

SECRET = "a secret of sixty-four bytes, for the longest of the algorithms, HS512"
SOON = int((NOON + timedelta(hours=1)).timestamp())


def signed(claims: dict, *, secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


def test_claims_are_given_as_they_are():
    claims = {"user": {"id": "dana", "accountId": "home"}, "exp": SOON, "aud": "us", "sub": 7, "iat": "then"}

    assert verify_token(signed(claims), SECRET, at=NOON) == claims


@pytest.mark.parametrize(
    ("exp", "holds"), [(SOON, True), (NOON.timestamp() + 0.5, True), (NOON.timestamp(), False), (0, False)]
)
def test_token_holds_until_it_expires(exp, holds):
    if holds:
        assert verify_token(signed({"exp": exp}), SECRET, at=NOON) == {"exp": exp}
    else:
        with pytest.raises(InvalidToken):
            verify_token(signed({"exp": exp}), SECRET, at=NOON)


@pytest.mark.parametrize(
    "token",
    [
        signed({"sub": "dana"}),
        signed({"exp": "never"}),
        signed({"exp": None}),
        signed({"exp": True}),
        signed({"exp": float("nan")}),
        signed({"exp": SOON, "nbf": SOON}),
        signed({"exp": SOON, "nbf": "now"}),
        signed({"exp": SOON}, secret="the secret of some other tenant, say"),
        signed({"exp": SOON}, algorithm="HS512"),
        jwt.encode({"exp": SOON}, "", algorithm="none"),
        signed({"exp": SOON})[:-3],
        signed({"exp": SOON, "more": "x" * 9000}),
        "a.b.c",
        "..",
        "",
        "é.é.é",
    ],
)
def test_everything_else_is_refused(token):
    with pytest.raises(InvalidToken):
        verify_token(token, SECRET, at=NOON)


def test_without_a_secret_nothing_is_believed():
    with pytest.raises(InvalidToken):
        verify_token(signed({"exp": SOON}), "", at=NOON)


@pytest.mark.parametrize(("claims", "holds"), [({}, True), ({"tenant": "acme"}, True), ({"tenant": "globex"}, False)])
def test_token_that_names_a_tenant_names_this_one(acme, claims, holds):
    claims = {**claims, "exp": SOON}
    token = signed(claims, secret=acme.member_token_secret)
    if holds:
        assert verify_member_token(token, acme, at=NOON) == claims
    else:
        with pytest.raises(InvalidToken):
            verify_member_token(token, acme, at=NOON)


def test_token_of_another_tenant_is_refused(acme, globex):
    with pytest.raises(InvalidToken):
        verify_member_token(signed({"exp": SOON}, secret=globex.member_token_secret), acme, at=NOON)


def test_tenant_is_read_before_anything_is_believed():
    assert claimed_tenant(signed({"tenant": "acme"}, secret="x" * 32)) == "acme"
    assert claimed_tenant(signed({"exp": 0})) == ""
    for token in ("a.b.c", signed({"tenant": 7}), signed({"tenant": ["acme"]})):
        with pytest.raises(InvalidToken):
            claimed_tenant(token)


def test_keys_do_not_look_like_tokens():
    assert [looks_like_token(text) for text in (signed({"exp": SOON}), "sk_abc", "a.b", "")] == [
        True,
        False,
        False,
        False,
    ]


def test_tokens_hold_now_by_the_clock_of_the_edge(acme):
    token = signed({"exp": int(timezone.now().timestamp()) + 60}, secret=acme.member_token_secret)

    assert verify_member_token(token, acme, at=timezone.now())["exp"]
