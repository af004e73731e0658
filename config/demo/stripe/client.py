"""The SDK's way to the fake, without a network."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe
from stripe._http_client import HTTPClient

from config.demo.stripe.errors import ConnectionLost
from config.demo.stripe.fake import FakeStripe, account_of


class FakeHTTPClient(HTTPClient):
    """`stripe.StripeClient("sk_test_fake", http_client=FakeHTTPClient(fake), max_network_retries=2)`

    Of several fakes each is one Stripe account, and the API key tells which is meant.
    """

    name = "fake"

    def __init__(self, *fakes: FakeStripe) -> None:
        super().__init__()
        self.fakes = fakes

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """The body, the status and the headers of the fake's answer; APIConnectionError when there is none."""
        address = urlsplit(url)
        form = post_data if method == "post" else address.query
        try:
            fake = account_of(headers or {}, self.fakes)
            status, about, body = fake.handle(method, address.path, form or "", dict(headers or {}))
        except ConnectionLost:
            raise _no_answer() from None
        return body, status, about

    @staticmethod
    def _sleep_time_seconds(num_retries: int) -> float:  # noqa: ARG004 - the SDK's own hook
        """Retry at once: nobody is at the other end to spare."""
        return 0

    def close(self) -> None:
        """Nothing is open."""


def _no_answer() -> stripe.APIConnectionError:
    words = "Unexpected error communicating with Stripe."
    error: stripe.APIConnectionError = stripe.APIConnectionError(words, should_retry=True)  # type: ignore[no-untyped-call]
    return error
