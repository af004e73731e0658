"""The format `vouch` of webhooks: events as they are, signed as Standard Webhooks has it (standardwebhooks.com).

`events` delivers; it knows this format by what `register` hands it when Django starts.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime

from rest_framework.utils.encoders import JSONEncoder

from api.native.effects import SUBJECTS
from api.native.facts import show_event
from events.models import Delivery
from events.services.formats import Format, register_format

FORMAT = "vouch"
TEST = "webhook.test"
PREFIX = "whsec_"


class EveryKind(Mapping[str, tuple[str, ...]]):
    """Each kind of event is a word of its own. It goes through the subjects that there are, and takes any kind."""

    def __getitem__(self, kind: str) -> tuple[str, ...]:
        return (kind,)

    def __iter__(self) -> Iterator[str]:
        return iter(SUBJECTS)

    def __len__(self) -> int:
        return len(SUBJECTS)


def register() -> None:
    register_format(Format(FORMAT, topics=EveryKind(), compose=compose, sign=sign))


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def compose(delivery: Delivery) -> str:
    """What the feed says of the event; of a test, that it is one."""
    event = delivery.event
    told = show_event(event, number=event.entry.number) if event else {"id": None, "type": delivery.topic}
    return json.dumps(told, separators=(",", ":"), cls=JSONEncoder)


def sign(delivery: Delivery, body: bytes, at: datetime) -> dict[str, str]:
    """HMAC-SHA256 of id, timestamp and body, with the endpoint's own secret."""
    moment = str(int(at.timestamp()))
    key = base64.b64decode(delivery.endpoint.secret.removeprefix(PREFIX))
    signed = b".".join([str(delivery.uid).encode(), moment.encode(), body])
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return {"Webhook-Id": str(delivery.uid), "Webhook-Timestamp": moment, "Webhook-Signature": f"v1,{signature}"}
