from payouts.models.method import PayoutAccount, PayoutMethod
from payouts.models.payout import Payout, PayoutAttempt, PayoutItem, StripeCheck
from payouts.models.stripe_event import StripeEvent

__all__ = ["Payout", "PayoutAccount", "PayoutAttempt", "PayoutItem", "PayoutMethod", "StripeCheck", "StripeEvent"]
