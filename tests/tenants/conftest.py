import pytest

from tenants.services.redis import client, key


@pytest.fixture
def empty_redis():
    """Call it to lose everything this test has in Redis."""

    def lose_everything() -> None:
        names = list(client().scan_iter(match=f"{key()}*"))
        assert client().delete(*names) == len(names) > 0

    return lose_everything
