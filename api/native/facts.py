"""Events as they are told: in the feed and by webhooks alike."""

from typing import Any

from api.native.effects import subject_of
from api.native.ids import id_of
from events.models import Event


def show_event(event: Event, *, number: int | None) -> dict[str, Any]:
    """An event as it is written in the feed and in webhooks."""
    rest = {name: value for name, value in event.data.items() if name not in ("before", "after")}
    return {
        "id": id_of(event),
        "number": number,
        "type": event.kind,
        "subject": subject_of(event),
        "occurred_at": event.occurred_at,
        "before": event.data.get("before"),
        "after": event.data.get("after"),
        "data": rest,
    }
