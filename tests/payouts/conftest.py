"""A fake Stripe in place of the SDK's HTTP client, with Alice's account and customer in it."""

from datetime import datetime

import pytest

import payouts.gateway.api
from config.demo.stripe import FakeHTTPClient, FakeStripe
from payouts.models import PayoutMethod
from tests.payouts.cast import LATER, connect_account, make_method

API_KEY = "sk_test_fake"


class Clock:
    """Stripe's own clock, which tests set."""

    def __init__(self) -> None:
        self.now = LATER

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stripe(monkeypatch, clock) -> FakeStripe:
    fake = FakeStripe(now=clock)
    monkeypatch.setattr(payouts.gateway.api, "new_http_client", lambda: FakeHTTPClient(fake))
    fake.open_account("acct_alice")
    fake.open_customer("cus_alice")
    return fake


@pytest.fixture
def transfers(program, alice, stripe) -> PayoutMethod:
    """The program pays by Stripe Connect, and Alice has an account there."""
    program.tenant.stripe_api_key = API_KEY
    program.tenant.save()
    connect_account(alice.person)
    return make_method(program, name="Bank")
