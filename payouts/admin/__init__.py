from payouts.admin import stripe_events

__all__ = ["stripe_events"]
