import json
import uuid
from datetime import timedelta

import pytest

from events.models import WebhookEndpoint
from events.services import formats
from events.services.endpoints import subscribe
from events.services.events import record_event
from tenants.models import Tenant
from tests.cast import NOON
from tests.events.receiver import Receiver, receiving

PLAIN = "plain"


def compose(delivery) -> str | None:
    if delivery.event and delivery.event.data.get("gone"):
        return None
    if delivery.event and delivery.event.data.get("broken"):
        raise ValueError("cannot be told")
    return json.dumps({"id": str(delivery.uid), "type": delivery.topic})


@pytest.fixture(autouse=True)
def _a_plain_format(monkeypatch) -> None:
    """A format of the tests' own, which waits an hour after each of two failures and then gives up."""
    monkeypatch.setattr(formats, "_formats", {})
    formats.register_format(
        formats.Format(
            PLAIN,
            topics={"thing.happened": ("happened",), "thing.ended": ("ended", "closed")},
            compose=compose,
            sign=lambda delivery, body, at: {"X-Signed": f"{delivery.uid}:{len(body)}:{at.isoformat()}"},
            wait=lambda attempts: timedelta(hours=1) if attempts < 3 else None,
        )
    )


@pytest.fixture
def receiver(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(acme: Tenant, receiver: Receiver) -> WebhookEndpoint:
    return subscribe(acme, dialect=PLAIN, url=receiver.url, at=NOON)


@pytest.fixture
def happen(acme: Tenant):
    def happen(kind: str = "thing.happened", *, tenant: Tenant = acme, **data):
        return record_event(tenant, kind, subject=uuid.uuid4(), at=NOON, **data)

    return happen
