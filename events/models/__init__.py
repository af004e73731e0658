from events.models.event import Cursor, Event
from events.models.webhook import Attempt, Delivery, WebhookEndpoint

__all__ = ["Attempt", "Cursor", "Delivery", "Event", "WebhookEndpoint"]
