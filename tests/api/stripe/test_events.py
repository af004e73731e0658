import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payouts.models import StripeEvent
from tests.api.stripe.worlds import event_text, sign_now
from tests.cast import make_tenant

PATH = "/webhooks/stripe/acme/"
LIMIT = 512 * 1024


def deliver(text: str, *, path: str = PATH, **client):
    headers = {"Stripe-Signature": sign_now(text)}
    return Client(**client).post(path, text, content_type="application/json", headers=headers)


def test_an_event_is_stored_as_it_came(acme):
    deliver(event_text("evt_9"))

    event = StripeEvent.objects.get()
    assert (event.tenant, event.event_id, event.type, event.object_id) == (acme, "evt_9", "invoice.paid", "in_1")
    assert (event.status, event.attempts, event.livemode) == ("received", 0, False)
    assert event.payload == json.loads(event_text("evt_9"))


def test_an_event_is_stored_once(acme):
    answers = [deliver(event_text()).json() for _ in range(3)]

    assert answers == [{"received": True}] * 3
    assert StripeEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_once_are_one_event():
    make_tenant()
    text = event_text()

    def deliver_once(_number):
        try:
            return deliver(text).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(deliver_once, range(30)))

    assert answers == [200] * 30
    assert StripeEvent.objects.count() == 1


def test_two_tenants_may_get_events_of_one_id(acme, globex):
    text = event_text()
    deliver(text)
    header = {"Stripe-Signature": sign_now(text, secret="whsec_globex")}
    Client().post("/webhooks/stripe/globex/", text, content_type="application/json", headers=header)

    assert list(StripeEvent.objects.order_by("id").values_list("tenant__alias", flat=True)) == ["acme", "globex"]


def test_nobody_needs_a_token_against_forgery_of_requests(acme):
    assert deliver(event_text(), enforce_csrf_checks=True).status_code == 200


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_a_body_has_at_most_512_kib(acme, size, status):
    text = event_text(padding="")
    text = text.replace('"padding": ""', f'"padding": "{"x" * (size - len(text))}"')
    assert len(text) == size

    assert deliver(text).status_code == status


def test_a_body_too_large_is_refused_in_our_shape(acme):
    response = deliver(event_text(padding="x" * LIMIT))

    assert response.json() == {"error": {"code": "payload_too_large", "message": "An event has at most 512 KiB."}}
    assert StripeEvent.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_other_methods_are_refused(acme, method):
    response = getattr(Client(), method)(PATH)

    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize("alias", ["nobody", "ACME", "a" * 300, "%ED%A0%80", "acme%20"])
def test_an_unknown_tenant_looks_like_one_that_is_off(alias, db):
    make_tenant(stripe_webhook_secret="")
    off = deliver(event_text())

    unknown = deliver(event_text(), path=f"/webhooks/stripe/{alias}/")

    assert (unknown.status_code, unknown.content) == (off.status_code, off.content) == (404, off.content)


@pytest.mark.parametrize("body", [b"", b"\xff", b"null", b"[]", b"[" * 100_000, b'{"object": "event"}', b"\x00"])
def test_nothing_that_is_sent_is_a_fault_of_ours(acme, body):
    text = body.decode("latin-1")
    headers = {"Stripe-Signature": sign_now(text)}

    response = Client().generic("POST", PATH, body, content_type="application/json", headers=headers)

    assert response.status_code == 400
    assert StripeEvent.objects.count() == 0


def test_taking_in_an_event_asks_little_of_the_database(acme):
    with CaptureQueriesContext(connection) as queries:
        deliver(event_text())

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 3  # the tenant, whether the event is here, the event
