"""Stripe's published examples of its resources."""

import json
from copy import deepcopy
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

StripeObject = dict[str, Any]
MORE_FIELDS = {  # that the API reference names and the published examples leave out
    "charge": {"level3"},
    "customer": {"invoice_credit_balance"},
    "event": {"account"},
    "invoice": {"payments"},
    "refund": {"description", "failure_balance_transaction", "failure_reason", "pending_reason"},
    "transfer_reversal": {"description"},
}


def example(resource: str, **fields: Any) -> StripeObject:
    """Stripe's example of a resource, with fields of your own. Raises TypeError for one that it does not have."""
    return overlay(deepcopy(_examples()[resource]), fields)


def overlay(thing: StripeObject, fields: dict[str, Any]) -> StripeObject:
    """An object with fields in place of its own. Raises TypeError for one that its resource does not have."""
    unknown = fields.keys() - thing.keys() - MORE_FIELDS.get(thing["object"], set())
    if unknown:
        raise TypeError(f"a {thing['object']} has no {', '.join(sorted(unknown))}")
    return thing | fields


def seconds(at: datetime) -> int:
    """A time as Stripe tells it: whole seconds since 1970."""
    return int(at.timestamp())


@cache
def _examples() -> dict[str, StripeObject]:
    examples: dict[str, StripeObject] = json.loads(Path(__file__).with_name("examples.json").read_text())
    return examples
