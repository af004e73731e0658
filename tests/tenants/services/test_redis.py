import pytest

from tenants.services.redis import address, client, key


@pytest.mark.parametrize(
    ("said_to_celery", "said_to_redis_py"),
    [
        ("redis+socket:///run/valkey.sock", "unix:///run/valkey.sock?db=0"),
        ("redis+socket:///run/valkey.sock?virtual_host=3", "unix:///run/valkey.sock?db=3"),
        ("redis+socket:///run/valkey.sock?virtual_host=/3", "unix:///run/valkey.sock?db=3"),
        ("redis://:secret@redis.internal:6379/2", "redis://:secret@redis.internal:6379/2"),
        ("rediss://redis.internal:6380/0", "rediss://redis.internal:6380/0"),
        ("unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock?db=1"),
    ],
)
def test_address_says_the_same_to_redis_py_as_to_celery(said_to_celery, said_to_redis_py):
    assert address(said_to_celery) == said_to_redis_py


def test_client_reaches_the_server_of_the_settings(settings):
    client().set(key("greeting"), "hello")

    assert client().get(f"{settings.REDIS_PREFIX}greeting") == "hello"
