"""The format `vouch`: what is sent, and that whoever has the secret can tell it is ours."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from api.native.ids import id_of
from api.native.webhooks import compose, new_secret, sign
from events.models import Delivery, Event, FeedEntry, WebhookEndpoint
from events.services.fanning import fan_out
from tests.api.native.conftest import Api
from tests.cast import NOON, make_member, make_program, make_tenant

URL = "https://hooks.shop.example/vouch"


@pytest.fixture
def endpoint(acme, api) -> WebhookEndpoint:
    api.post("webhook-endpoints", {"url": URL})
    return WebhookEndpoint.objects.get()


def test_message_is_the_event_with_the_ids_of_this_api(endpoint, program):
    member = make_member(program, "dana")
    event = Event.objects.get(kind="member.enrolled")
    FeedEntry.objects.create(tenant=endpoint.tenant, event=event, number=7)
    delivery = Delivery(tenant=endpoint.tenant, endpoint=endpoint, event=event, topic=event.kind, next_attempt_at=NOON)

    told = json.loads(compose(delivery))

    assert (told["id"], told["type"], told["number"]) == (id_of(event), "member.enrolled", 7)
    assert (told["subject"], told["occurred_at"][:19]) == (id_of(member), "2026-06-01T12:00:00")


def test_signature_is_that_of_standard_webhooks(endpoint):
    delivery = Delivery(tenant=endpoint.tenant, endpoint=endpoint, topic="webhook.test", next_attempt_at=NOON)
    body = compose(delivery).encode()

    headers = sign(delivery, body, NOON + timedelta(microseconds=9))

    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    signed = f"{delivery.uid}.{int(NOON.timestamp())}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers == {
        "Webhook-Id": str(delivery.uid),
        "Webhook-Timestamp": str(int(NOON.timestamp())),
        "Webhook-Signature": f"v1,{expected}",
    }


def test_secrets_are_32_bytes_and_never_the_same():
    made = {new_secret() for _ in range(50)}

    assert len(made) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}


def test_secret_is_shown_once_and_again_when_it_is_another(api):
    made = api.post("webhook-endpoints", {"url": URL, "topics": ["reward.available"]}).json()
    path = f"webhook-endpoints/{made['id']}"

    read = api.get(path).json()
    rotated = api.post(f"{path}/rotate-secret").json()

    assert (made["secret"][:6], "secret" in read, rotated["secret"] != made["secret"]) == ("whsec_", False, True)
    assert WebhookEndpoint.objects.get().secret == rotated["secret"]


def test_endpoint_is_changed_tested_and_forgotten(api):
    made = api.post("webhook-endpoints", {"url": URL}).json()
    path = f"webhook-endpoints/{made['id']}"

    changed = api.patch(path, {"topics": ["reward.available", "*"], "name": "Mine", "is_enabled": False}).json()
    again = api.post("webhook-endpoints", {"url": URL})
    unsafe = api.patch(path, {"url": "https://127.0.0.1/"})
    delivery = api.post(f"{path}/test").json()
    gone = api("delete", path)

    assert (sorted(changed["topics"]), changed["name"], changed["disabled_at"] is None) == (
        ["*", "reward.available"], "Mine", False,
    )  # fmt: skip
    assert [each.json()["errors"][0]["code"] for each in (again, unsafe)] == ["address_taken", "unsafe_url"]
    assert (delivery["topic"], delivery["status"], gone.status_code) == ("webhook.test", "pending", 204)
    assert api.get(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_whoever_asked_for_everything_is_told_of_everything():
    acme = make_tenant("acme")
    Api(acme, ["admin"]).post("webhook-endpoints", {"url": URL})
    make_program(acme)

    fan_out()

    told = list(Delivery.objects.order_by("id").values_list("topic", flat=True))
    assert told == list(Event.objects.order_by("id").values_list("kind", flat=True))
