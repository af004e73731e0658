from datetime import datetime
from typing import Any

from config.demo.stripe.objects.examples import StripeObject, example, seconds


def customer(key: str, *, at: datetime, **fields: Any) -> StripeObject:
    told = {"id": key, "created": seconds(at), "currency": None, "discount": None, "shipping": None}
    return example("customer", **(told | fields))


def balance_transaction(
    key: str, *, customer: str, amount: int, currency: str, ending_balance: int, at: datetime, **fields: Any
) -> StripeObject:
    """A movement of a customer's credit balance. Below zero is credit of theirs: -500 gives them 5.00."""
    told = {"id": key, "customer": customer, "amount": amount, "currency": currency, "ending_balance": ending_balance}
    return example(
        "customer_balance_transaction", **(told | {"created": seconds(at), "metadata": {}, "livemode": False} | fields)
    )


def discount(promotion_code: str | StripeObject) -> StripeObject:
    """A discount by a promotion code: its id, or the whole object where Stripe was asked to expand it."""
    return example("discount", promotion_code=promotion_code)


def promotion_code(key: str, code: str, **fields: Any) -> StripeObject:
    return example("promotion_code", id=key, code=code, **fields)
