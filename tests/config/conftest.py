import uuid

import pytest


@pytest.fixture(autouse=True)
def _redis_of_its_own(settings) -> None:
    """Each test starts with nothing in Redis, on the server all tests share."""
    settings.REDIS_PREFIX = f"{settings.REDIS_PREFIX}{uuid.uuid4().hex[:8]}:"
