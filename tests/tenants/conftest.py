import uuid

import pytest

from tenants.services.redis import client, key


@pytest.fixture(autouse=True)
def _counters_of_its_own(settings) -> None:
    """Each test starts with nothing counted, on the server all tests share."""
    settings.REDIS_PREFIX = f"{settings.REDIS_PREFIX}{uuid.uuid4().hex[:8]}:"


@pytest.fixture
def empty_redis():
    """Call it to lose everything this test has in Redis."""

    def lose_everything() -> None:
        names = list(client().scan_iter(match=f"{key()}*"))
        assert client().delete(*names) == len(names) > 0

    return lose_everything
