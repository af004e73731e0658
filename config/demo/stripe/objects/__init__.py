"""Whole Stripe objects as dicts: Stripe's own published examples, with what is told of set on top of them.

Amounts are in minor units of a lower-case currency, times are aware datetimes. Any other field of the resource may be
given by name; one that the resource does not have is refused.
"""

from config.demo.stripe.objects.customers import balance_transaction, customer, discount, promotion_code
from config.demo.stripe.objects.events import event
from config.demo.stripe.objects.examples import StripeObject, example, seconds
from config.demo.stripe.objects.payments import charge, checkout, invoice, invoice_payment, payment_method
from config.demo.stripe.objects.returns import credit_note, dispute, refund
from config.demo.stripe.objects.transfers import account, transfer, transfer_reversal

__all__ = [
    "StripeObject",
    "account",
    "balance_transaction",
    "charge",
    "checkout",
    "credit_note",
    "customer",
    "discount",
    "dispute",
    "event",
    "example",
    "invoice",
    "invoice_payment",
    "payment_method",
    "promotion_code",
    "refund",
    "seconds",
    "transfer",
    "transfer_reversal",
]
