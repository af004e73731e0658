import re
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from tenants.errors import InvalidKey, InvalidScope
from tenants.models import ApiKey
from tenants.services.keys import authenticate, create_key, revoke_key
from tests.cast import NOON


def test_create_key_shows_a_secret_of_256_bits_and_keeps_none_of_it(acme):
    key, secret = create_key(acme, scopes=["read"], name="CRM", at=NOON)

    assert re.fullmatch(r"vk_[A-Za-z0-9_-]{43}", secret)
    assert secret not in serializers.serialize("json", ApiKey.objects.all())
    assert secret[3:] not in serializers.serialize("json", ApiKey.objects.all())
    assert (key.name, key.scopes, key.created_at, key.last_used_at) == ("CRM", ["read"], NOON, None)


def test_create_key_keeps_each_scope_once(acme):
    assert create_key(acme, scopes=["admin", "read", "admin"], at=NOON).key.scopes == ["read", "admin"]


@pytest.mark.parametrize("scopes", [[], ["root"], ["read", "root"]])
def test_create_key_refuses_scopes_there_are_not(acme, scopes):
    with pytest.raises(InvalidScope):
        create_key(acme, scopes=scopes, at=NOON)

    assert not ApiKey.objects.exists()


def test_authenticate_finds_the_key_by_its_secret(acme, globex):
    ours, secret = create_key(acme, scopes=["read"], at=NOON)
    create_key(globex, scopes=["read"], at=NOON)

    assert authenticate(secret=secret, at=NOON) == ours
    assert authenticate(public=ours.public_key, secret=secret, at=NOON) == ours


def test_authenticate_reads_key_tenant_and_plan_in_one_query(acme, django_assert_num_queries):
    secret = create_key(acme, scopes=["read"], at=NOON).secret
    authenticate(secret=secret, at=NOON)

    with django_assert_num_queries(1):
        key = authenticate(secret=secret, at=NOON)
        assert (key.tenant.alias, key.tenant.plan.calls_per_minute) == ("acme", 1000)


def test_authenticate_refuses_the_public_id_of_another_key(acme, globex):
    secret = create_key(acme, scopes=["read"], at=NOON).secret
    others = create_key(globex, scopes=["read"], at=NOON).key

    for public in (others.public_key, "nobody", "ключ"):
        with pytest.raises(InvalidKey):
            authenticate(public=public, secret=secret, at=NOON)


def test_authenticate_refuses_what_is_no_secret(acme):
    key = create_key(acme, scopes=["read"], at=NOON).key

    for secret in ("", "vk_", "nonsense", "ключ", "\x00", key.public_key, key.secret_hash):
        with pytest.raises(InvalidKey):
            authenticate(secret=secret, at=NOON)


def test_authenticate_refuses_a_key_that_is_over(acme):
    now = timezone.now()
    expired = create_key(acme, scopes=["read"], at=NOON, expires_at=now - timedelta(seconds=1))
    revoked = create_key(acme, scopes=["read"], at=NOON)
    revoke_key(revoked.key, at=now)

    for issued in (expired, revoked):
        with pytest.raises(InvalidKey):
            authenticate(secret=issued.secret, at=now)


def test_authenticate_accepts_a_key_that_will_expire(acme):
    tomorrow = timezone.now() + timedelta(days=1)
    key, secret = create_key(acme, scopes=["read"], at=NOON, expires_at=tomorrow)

    assert authenticate(secret=secret, at=NOON) == key


def test_authenticate_refuses_the_keys_of_a_tenant_that_is_off(acme):
    secret = create_key(acme, scopes=["read"], at=NOON).secret
    acme.is_active = False
    acme.save(update_fields=["is_active"])

    with pytest.raises(InvalidKey):
        authenticate(secret=secret, at=NOON)


def test_authenticate_notes_the_use_once_a_minute(acme):
    key, secret = create_key(acme, scopes=["read"], at=NOON)
    noted = []
    for seconds in (0, 1, 59, 60, 61):
        authenticate(secret=secret, at=NOON + timedelta(seconds=seconds))
        key.refresh_from_db()
        noted.append((key.last_used_at - NOON).seconds)

    assert noted == [0, 0, 0, 60, 60]


def test_revoke_key_keeps_the_instant_of_the_first_time(acme):
    key = create_key(acme, scopes=["read"], at=NOON).key

    revoke_key(key, at=NOON)
    revoke_key(key, at=NOON + timedelta(hours=1))

    assert key.revoked_at == ApiKey.objects.get().revoked_at == NOON
