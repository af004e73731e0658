"""A fake Stripe, whole enough to pay out through: for tests in process, for the demo as a server of its own. No Django.

`FakeStripe` is the machine, `FakeHTTPClient` brings a `stripe.StripeClient` to it without a network, and
`python -m config.demo.stripe` serves it over HTTP. `objects` builds Stripe's objects for whoever plays Stripe.
"""

from config.demo.stripe.client import FakeHTTPClient
from config.demo.stripe.fake import FakeStripe

__all__ = ["FakeHTTPClient", "FakeStripe"]
