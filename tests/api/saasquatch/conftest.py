import pytest
from django.test import Client

from referrals.models import Member
from tenants.models import Tenant
from tests.api.saasquatch.worlds import basic, key_of, start


@pytest.fixture
def acme(db: None) -> Tenant:
    return start(open_endpoints=True)[0]


@pytest.fixture
def alice(acme: Tenant) -> Member:
    return Member.objects.select_related("program__tenant", "person__tenant").get(tenant=acme)


@pytest.fixture
def caller(acme: Tenant) -> Client:
    """Somebody with a key of acme's that may do everything."""
    return Client(headers={"Authorization": f"Basic {basic(key_of(acme))}"})
