import pytest
from django.test import Client

from referrals.models import Member, Program
from tenants.models import Tenant
from tests.api.referral_rock.worlds import basic_key, make_alice, make_rock_program
from tests.cast import make_tenant


@pytest.fixture(autouse=True)
def _at_one_address(settings) -> None:
    settings.BASE_URL = "https://refer.test"


@pytest.fixture
def acme(db: None) -> Tenant:
    return make_tenant("acme")


@pytest.fixture
def program(acme: Tenant) -> Program:
    return make_rock_program(acme)


@pytest.fixture
def alice(program: Program) -> Member:
    return make_alice(program)


@pytest.fixture
def caller(acme: Tenant, program: Program) -> Client:
    """Somebody with a key of acme's that may do everything."""
    return Client(headers={"Authorization": f"Basic {basic_key(acme)}"})
