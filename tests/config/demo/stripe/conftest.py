import pytest
import stripe

from config.demo.stripe import FakeHTTPClient, FakeStripe
from tests.config.demo.stripe.worlds import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fake(clock):
    fake = FakeStripe(now=clock)
    fake.open_account("acct_dana")
    fake.open_customer("cus_dana")
    fake.events.clear()
    yield fake
    fake.close()


@pytest.fixture
def v1(fake):
    """The SDK's resources, with the retries that Vouch uses."""
    return stripe.StripeClient("sk_test_fake", http_client=FakeHTTPClient(fake), max_network_retries=2).v1
