from events.models.event import Cursor, Event
from events.models.feed import FeedEntry
from events.models.webhook import Attempt, Delivery, Subscription, WebhookEndpoint

__all__ = ["Attempt", "Cursor", "Delivery", "Event", "FeedEntry", "Subscription", "WebhookEndpoint"]
