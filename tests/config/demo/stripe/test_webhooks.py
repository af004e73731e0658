"""Events on their way to an endpoint, over real HTTP: signed, and again until they are taken, also after a stop."""

import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from config.demo.stripe import FakeStripe
from config.demo.stripe.webhooks import Postman, add_endpoint, remove_endpoint
from payouts.gateway import verify_event
from tests.config.demo.stripe.worlds import types

SECRET = "whsec_acme"


class Endpoint(HTTPServer):
    """Answers with the statuses it is given, then 200, and keeps what it gets."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receive)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/webhooks/stripe/acme/"
        self.statuses, self.got = [], []

    @property
    def events(self):
        return [json.loads(body) for body, _ in self.got]


class Receive(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((body, self.headers["Stripe-Signature"]))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def endpoint():
    with Endpoint() as endpoint:
        thread = Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield endpoint
        endpoint.shutdown()
        thread.join()


def test_an_event_arrives_signed_as_stripe_signs(fake, endpoint):
    add_endpoint(fake.store, endpoint.url, SECRET)
    told = fake.pay_invoice("cus_dana", 100_00)

    assert Postman(fake.store).deliver_due(now=1) == 3
    received = [verify_event(body, signature, SECRET, at=datetime.now(UTC)) for body, signature in endpoint.got]
    assert received == told
    assert [event["pending_webhooks"] for event in received] == [1, 1, 1]
    assert Postman(fake.store).deliver_due(now=10**10) == 0


def test_an_event_that_is_not_taken_comes_again_later(fake, endpoint):
    add_endpoint(fake.store, endpoint.url, SECRET)
    endpoint.statuses = [500, 302, 200]
    postman = Postman(fake.store)
    fake.open_customer("cus_erin")

    assert [postman.deliver_due(now=now) for now in (1, 1.4, 1.5, 2.4, 2.5, 10**10)] == [1, 0, 1, 0, 1, 0]
    assert [event["id"] for event in endpoint.events] == [endpoint.events[0]["id"]] * 3


def test_an_endpoint_that_is_down_loses_nothing(fake, endpoint):
    add_endpoint(fake.store, "http://127.0.0.1:9/", SECRET)
    fake.open_customer("cus_erin")
    assert Postman(fake.store).deliver_due(now=1) == 1

    assert fake.store.run("SELECT attempts FROM delivery") == [(1,)]


def test_events_that_no_endpoint_took_are_listed_as_such(fake, v1, endpoint):
    add_endpoint(fake.store, endpoint.url, SECRET)
    fake.open_customer("cus_erin")
    fake.open_customer("cus_frank")
    endpoint.statuses = [200, 500]
    Postman(fake.store).deliver_due(now=1)

    def delivered(success):
        return [event.data.object.id for event in v1.events.list({"delivery_success": success, "limit": 2}).data]

    assert (delivered(success=False), delivered(success=True)) == (["cus_frank"], ["cus_erin", "cus_dana"])


def test_what_was_not_delivered_is_delivered_after_a_restart(tmp_path, endpoint):
    before = FakeStripe(tmp_path / "stripe.db")
    add_endpoint(before.store, endpoint.url, SECRET)
    before.open_customer("cus_dana")
    before.close()

    after = FakeStripe(tmp_path / "stripe.db")
    assert Postman(after.store).deliver_due(now=1) == 1
    assert types(endpoint.events) == ["customer.created"]
    after.close()


def test_events_of_before_an_endpoint_and_after_it_are_not_delivered(fake, endpoint):
    fake.open_customer("cus_early")
    add_endpoint(fake.store, endpoint.url, SECRET)
    fake.open_customer("cus_waiting")
    remove_endpoint(fake.store, endpoint.url)
    fake.open_customer("cus_late")

    assert Postman(fake.store).deliver_due(now=10**10) == 0
    assert endpoint.got == []
