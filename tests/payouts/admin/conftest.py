import pytest
from django.test import Client

from payouts.models import PayoutMethod
from referrals.models import Program
from tests.console import desk, make_staff, root, sign_in
from tests.payouts.admin.worlds import make_method

__all__ = ["desk", "root"]


@pytest.fixture
def by_hand(program: Program) -> PayoutMethod:
    """Somebody pays by hand."""
    return make_method(program)


@pytest.fixture
def transfer(program: Program) -> PayoutMethod:
    """Stripe transfers; more than 50.00 needs a second person."""
    return make_method(program, "Transfer", kind="stripe_transfer", hold_above=50_00)


@pytest.fixture
def paula(db: None) -> Client:
    """Paula, of the group Payouts, at the console."""
    return sign_in(make_staff("paula", group="Payouts"))
