import uuid

import pytest


@pytest.fixture(autouse=True)
def _limits_of_its_own(settings) -> None:
    """All tests call from one address; each starts with that address's calls uncounted."""
    settings.REDIS_PREFIX = f"{settings.REDIS_PREFIX}{uuid.uuid4().hex[:8]}:"
