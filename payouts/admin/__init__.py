from payouts.admin import accounts, checks, methods, people, queue, stripe_events

__all__ = ["accounts", "checks", "methods", "people", "queue", "stripe_events"]
