"""A story to explain, by its name."""

from collections.abc import Callable

import pytest

from referrals.models import Referral
from tenants.models import Tenant
from tests.credits.services.explaining.stories import STORIES, begin


@pytest.fixture
def begun(acme: Tenant) -> Referral:
    """Dana was brought in by Alice at noon; nothing has happened since."""
    return begin(acme)


@pytest.fixture
def tell(begun: Referral) -> Callable[[str], Referral]:
    """`tell("held")` lets that happen, and gives Dana's referral as it is then."""

    def happen(name: str) -> Referral:
        STORIES[name](begun)
        return Referral.objects.get(pk=begun.pk)

    return happen
