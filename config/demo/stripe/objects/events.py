from datetime import datetime
from typing import Any

from config.demo.stripe.objects.examples import StripeObject, example, seconds

API_VERSION = "2026-10-28.endive"


def event(
    kind: str,
    thing: StripeObject,
    *,
    event_id: str,
    at: datetime,
    previous: StripeObject | None = None,
    **fields: Any,
) -> StripeObject:
    """`event("transfer.updated", transfer, ...)`; `previous` holds the former values of what was changed."""
    data = {"object": thing} | ({"previous_attributes": previous} if previous else {})
    told = {"id": event_id, "type": kind, "created": seconds(at), "data": data, "pending_webhooks": 1}
    return example("event", **(told | {"api_version": API_VERSION} | fields))
