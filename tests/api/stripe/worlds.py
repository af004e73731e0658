"""The worlds of the Stripe endpoint's recordings. Each gives the body of an event and its signature."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from payouts.gateway import sign_event
from payouts.services.inbox import receive
from tests.api.recordings import World
from tests.cast import make_tenant
from tests.stripe_objects import event, invoice


def event_text(key: str = "evt_1", kind: str = "invoice.paid", **more: Any) -> str:
    return json.dumps(event(kind, invoice(), key=key) | more)


def sign_now(text: str, *, secret: str = "whsec_acme", age: int = 0) -> str:
    return sign_event(text, secret, at=timezone.now() - timedelta(seconds=age))


def signed(text: str, **how: Any) -> World:
    return {"event": text, "signature": sign_now(text, **how)}


def paid_invoice() -> World:
    make_tenant()
    return signed(event_text())


def paid_invoice_received_before() -> World:
    world = paid_invoice()
    receive("acme", body=world["event"].encode(), signature=world["signature"], at=timezone.now())
    return world


def enormous_event() -> World:
    make_tenant()
    return signed(event_text(padding="x" * 512 * 1024))


def unknown_type() -> World:
    make_tenant()
    return signed(event_text(kind="climate.order.created"))


def signed_by_another() -> World:
    make_tenant("globex")
    make_tenant()
    return signed(event_text(), secret="whsec_globex")


def signed_long_ago() -> World:
    make_tenant()
    return signed(event_text(), age=301)


def signed_in_the_future() -> World:
    make_tenant()
    return signed(event_text(), age=-360)


def endpoint_off() -> World:
    make_tenant(stripe_webhook_secret="")
    return signed(event_text(), secret="")


def no_tenant() -> World:
    return signed(event_text())


def inactive_tenant() -> World:
    acme = make_tenant()
    acme.is_active = False
    acme.save(update_fields=["is_active"])
    return signed(event_text())


def live_tenant() -> World:
    acme = make_tenant()
    acme.stripe_livemode = True
    acme.save(update_fields=["stripe_livemode"])
    return signed(event_text())


def no_event() -> World:
    make_tenant()
    return signed('{"object": "invoice"}')


def no_json() -> World:
    make_tenant()
    return signed("{")


def text_that_cannot_be_stored() -> World:
    make_tenant()
    return signed(event_text(account="a\x00b"))


WORLDS = {
    "a paid invoice": paid_invoice,
    "a paid invoice received before": paid_invoice_received_before,
    "an event larger than 512 KiB": enormous_event,
    "an event of no use to us": unknown_type,
    "an event signed with another tenant's secret": signed_by_another,
    "an event signed 301 seconds ago": signed_long_ago,
    "an event signed six minutes ahead": signed_in_the_future,
    "a tenant without a secret": endpoint_off,
    "no tenant": no_tenant,
    "an inactive tenant": inactive_tenant,
    "a tenant that is live": live_tenant,
    "a signed body that is no event": no_event,
    "a signed body that is no JSON": no_json,
    "a signed event with a NUL": text_that_cannot_be_stored,
}
