from payouts.models.stripe_event import StripeEvent

__all__ = ["StripeEvent"]
