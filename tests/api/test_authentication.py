from base64 import b64encode
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from api.authentication import KeyAuthentication
from referrals.models import KeyBinding
from tenants.services.keys import IssuedKey, create_key, revoke_key
from tests.cast import NOON


@pytest.fixture
def issued(acme) -> IssuedKey:
    return create_key(acme, scopes=["read"], at=NOON)


def ask(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/", headers=headers))


def basic(text: str | bytes) -> str:
    return f"Basic {b64encode(text if isinstance(text, bytes) else text.encode()).decode()}"


STYLES = {
    "bearer": lambda public, secret: {"Authorization": f"Bearer {secret}"},
    "token": lambda public, secret: {"Authorization": f"Token {secret}"},
    "x_api_key": lambda public, secret: {"x-api-key": secret},
    "basic_with_both": lambda public, secret: {"Authorization": basic(f"{public}:{secret}")},
    "basic_secret_as_user": lambda public, secret: {"Authorization": basic(f"{secret}:")},
    "basic_secret_alone": lambda public, secret: {"Authorization": basic(secret)},
    "basic_secret_as_password": lambda public, secret: {"Authorization": basic(f":{secret}")},
    "in_any_case": lambda public, secret: {"Authorization": f" bEARER   {secret} "},
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_one_key_works_in_every_style(issued, style):
    request = ask(**style(issued.key.public_key, issued.secret))

    caller, key = KeyAuthentication().authenticate(request)

    assert (caller.key, caller.tenant, caller.person, key) == (issued.key, issued.key.tenant, None, issued.key)
    assert (caller.is_authenticated, str(caller)) == (True, f"key:{key.public_key}")


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Digest username=bob"}])
def test_a_request_without_a_key_is_nobodys(db, headers):
    assert KeyAuthentication().authenticate(ask(**headers)) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer vk_nonsense"},
        {"Authorization": "Token vk_non sense"},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ?"},
        {"Authorization": basic(":")},
        {"Authorization": basic(b"\xff\xfe:\xff")},
        {"Authorization": basic("ключ:ключ")},
        {"x-api-key": ""},
        {"x-api-key": "\xfc"},
    ],
)
def test_bad_credentials_are_refused(issued, headers):
    with pytest.raises(AuthenticationFailed, match="Invalid API key"):
        KeyAuthentication().authenticate(ask(**headers))


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_revoked_key_is_refused_in_every_style(issued, style):
    revoke_key(issued.key, at=NOON)

    with pytest.raises(AuthenticationFailed):
        KeyAuthentication().authenticate(ask(**style(issued.key.public_key, issued.secret)))


def test_an_expired_key_is_refused(acme):
    secret = create_key(acme, scopes=["read"], at=NOON, expires_at=timezone.now() - timedelta(seconds=1)).secret

    with pytest.raises(AuthenticationFailed):
        KeyAuthentication().authenticate(ask(**{"x-api-key": secret}))


def test_a_secret_with_the_public_id_of_another_tenant_is_refused(issued, globex):
    charlies = create_key(globex, scopes=["read"], at=NOON)

    with pytest.raises(AuthenticationFailed):
        KeyAuthentication().authenticate(ask(Authorization=basic(f"{charlies.key.public_key}:{issued.secret}")))


def test_a_bound_key_acts_as_its_person_and_is_read_in_one_query(issued, alice, django_assert_num_queries):
    KeyBinding.objects.create(api_key=issued.key, person=alice.person)
    request = ask(**{"x-api-key": issued.secret})
    KeyAuthentication().authenticate(request)

    with django_assert_num_queries(1):
        caller, _ = KeyAuthentication().authenticate(request)
        assert (caller.person.external_id, caller.tenant.plan.slug) == ("alice", "enterprise")


def test_a_dialect_may_word_its_own_challenge_and_refusal(db):
    class Dialect(KeyAuthentication):
        challenge = "Basic"
        refusal = "Who are you?"

    with pytest.raises(AuthenticationFailed, match="Who are you"):
        Dialect().authenticate(ask(Authorization="Bearer x"))
    assert Dialect().authenticate_header(ask()) == "Basic"
    assert KeyAuthentication().authenticate_header(ask()) == 'Bearer realm="Vouch"'
