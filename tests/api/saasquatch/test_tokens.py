"""User tokens: who they speak for, and who they do not."""

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from tests.api.saasquatch.worlds import add_user, basic, key_of, token_of

USER = "/api/v1/acme/open/account/alice-co/user/alice"


def ask(token: str, path: str = USER):
    return Client(headers={"X-SaaSquatch-User-Token": token}).get(path)


def sign(tenant, /, *, secret: str = "", algorithm: str = "HS256", **claims) -> str:
    claims = {"exp": int(timezone.now().timestamp()) + 60, **claims}
    return jwt.encode(claims, secret or tenant.member_token_secret, algorithm=algorithm)


def test_a_token_may_name_its_user_by_sub(acme, alice):
    assert ask(sign(acme, sub="alice-co:alice@acme:users")).status_code == 200
    assert ask(sign(acme, sub="bo-co:bo@acme:users")).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"user": {"id": "alice", "accountId": "alice-co"}, "sub": "alice-co:alice@acme:users"},
        {"user": {"id": "alice"}},
        {"user": {"id": "", "accountId": "alice-co"}},
        {"user": {"id": 7, "accountId": "alice-co"}},
        {"user": "alice"},
        {"user": None},
        {"sub": "alice-co:alice@globex:users"},
        {"sub": "alice-co_alice"},
        {"sub": "a:b:c@acme:users"},
        {"user": {"id": "alice", "accountId": "alice-co"}, "exp": 1},
        {"user": {"id": "alice", "accountId": "alice-co"}, "exp": None},
        {"user": {"id": "alice", "accountId": "alice-co"}, "tenant": "globex"},
    ],
)
def test_a_token_that_says_anything_else_is_refused(acme, alice, claims):
    response = ask(sign(acme, **claims))

    assert response.status_code == 401
    assert (response.json()["apiErrorCode"], response.json()["rsCode"]) == ("INVALID_TOKEN", "RS032")


def test_a_token_without_an_end_is_refused(acme, alice):
    claims = {"user": {"id": "alice", "accountId": "alice-co"}}

    assert ask(jwt.encode(claims, acme.member_token_secret, algorithm="HS256")).status_code == 401


@pytest.mark.filterwarnings("ignore")  # a secret that is short for the other algorithms
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_only_one_algorithm_is_taken(acme, alice, algorithm):
    token = sign(acme, algorithm=algorithm, user={"id": "alice", "accountId": "alice-co"})

    assert ask(token).status_code == 401


def test_an_unsigned_token_is_refused(acme, alice):
    claims = {"user": {"id": "alice", "accountId": "alice-co"}, "exp": int(timezone.now().timestamp()) + 60}

    assert ask(jwt.encode(claims, "", algorithm="none")).status_code == 401


def test_another_tenants_token_is_refused(acme, alice, globex):
    globex.open_endpoints = True
    globex.save(update_fields=["open_endpoints"])

    assert ask(token_of(globex, "alice-co", "alice")).status_code == 401


def test_a_token_opens_no_endpoint_that_takes_a_key(acme, alice):
    token = token_of(acme, "alice-co", "alice", firstName="Alice")

    assert ask(token, "/api/v1/acme/users").status_code == 401


def test_a_user_sees_of_a_friend_what_a_friend_may_know(acme, alice):
    from tests.api.saasquatch.worlds import bring_in

    bring_in(alice, "dana", last_name="Scully")
    path = "/api/v1/acme/open/referrals?referringAccountId=alice-co&referringUserId=alice"

    (shown,) = ask(token_of(acme, "alice-co", "alice"), path).json()["referrals"]

    friend = shown["referredUser"]
    assert [friend[name] for name in ("firstName", "lastName", "lastInitial", "email", "emailHash")] == [
        "Dana", None, "S", None, None,
    ]  # fmt: skip
    assert shown["referrerUser"]["email"] == "alice@alice.example"


def test_a_key_may_ask_about_anybody(acme, alice):
    add_user(acme, "dana")
    caller = Client(headers={"Authorization": f"Basic {basic(key_of(acme))}"})

    assert caller.get("/api/v1/acme/open/account/dana-co/user/dana").json()["email"] == "dana@dana.example"


@pytest.mark.parametrize("style", [":{secret}", "{secret}:", "{public}:{secret}", "{secret}"])
def test_a_key_is_taken_in_either_field(acme, alice, style):
    import base64

    from tenants.services.keys import create_key
    from tests.cast import NOON

    issued = create_key(acme, scopes=["read"], at=NOON)
    credentials = style.format(secret=issued.secret, public=issued.key.public_key)
    header = {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}

    assert Client(headers=header).get("/api/v1/acme/users").status_code == 200
