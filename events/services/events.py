"""Telling what happened."""

import uuid
from datetime import datetime
from typing import Any

from events.models import Event
from tenants.models import Tenant


def record_event(tenant: Tenant, kind: str, *, subject: uuid.UUID, at: datetime, **data: Any) -> Event:
    """Write one fact beside the change it tells of: call it inside that change's transaction."""
    return Event.objects.create(tenant=tenant, kind=kind, subject=subject, data=data, occurred_at=at)
