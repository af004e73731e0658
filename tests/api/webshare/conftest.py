import pytest
from django.test import Client

from tenants.models import Tenant
from tests.api.webshare.worlds import make_paying_program, token_of
from tests.cast import make_member


@pytest.fixture
def payer(acme: Tenant):
    """Alice, who earns 25% of each payment of those she refers."""
    return make_member(make_paying_program(acme), "alice", code="ALICE")


@pytest.fixture
def reader(acme: Tenant) -> Client:
    """A caller with a key of acme's that may read."""
    return Client(headers={"Authorization": f"Token {token_of(acme)}"})
