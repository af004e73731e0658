"""The one connection to Redis. What is kept there may vanish at any time: the database can always say it again."""

from functools import cache
from urllib.parse import parse_qs, urlsplit

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 0.25  # seconds that a call may lose to a Redis that does not answer


def client() -> redis.Redis:
    return _connect(settings.REDIS_URL)


def key(*parts: object) -> str:
    """The name of a key, under this system's prefix."""
    return f"{settings.REDIS_PREFIX}{':'.join(map(str, parts))}"


def address(url: str) -> str:
    """Say in redis-py's words what the setting says in Celery's: redis+socket:///a.sock is unix:///a.sock."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.netloc}{parts.path}?db={database.strip('/')}"


@cache
def _connect(url: str) -> redis.Redis:
    """A lost connection is opened again once; a slow answer is not asked for twice, since it may have counted."""
    return redis.Redis.from_url(
        address(url),
        decode_responses=True,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
