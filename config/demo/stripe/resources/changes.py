"""Values that the parameters set, checked and put into objects."""

from pathlib import Path
from typing import Any

from config.demo.stripe.call import Call
from config.demo.stripe.errors import Refusal
from config.demo.stripe.objects import StripeObject

CURRENCIES = Path(__file__).with_name("currencies.txt").read_text().split()


def check_amount(amount: int, *, param: str = "amount") -> int:
    if amount < 1:
        words = "This value must be greater than or equal to 1."
        raise Refusal(words, code="parameter_invalid_integer", param=param)
    return amount


def check_currency(currency: str) -> str:
    if currency not in CURRENCIES:
        words = (
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(sorted(CURRENCIES))}"
        )
        raise Refusal(words, param="currency")
    return currency


def merge_metadata(old: dict[str, str] | None, new: dict[str, str] | str | None) -> dict[str, str]:
    """Keys given are set, keys given empty are taken away, and an empty text takes all away."""
    if new == "":
        return {}
    assert not isinstance(new, str)
    merged = (old or {}) | (new or {})
    return {name: value for name, value in merged.items() if value != ""}


def change(call: Call, thing: StripeObject, changes: StripeObject) -> StripeObject:
    """Keep an object with fields changed; return the former values of those that differ."""
    previous = {name: thing.get(name) for name, value in changes.items() if thing.get(name) != value}
    call.put(thing | changes)
    thing |= changes
    return previous


def echo(params: dict[str, Any], thing: StripeObject) -> StripeObject:
    """What the parameters say of fields that the object has: objects are filled in, the rest is replaced."""
    changes: StripeObject = {}
    for name, value in params.items():
        if name == "metadata":
            changes[name] = merge_metadata(thing.get(name), value)
        elif name in thing and name != "expand":
            old = thing[name]
            is_merged = isinstance(old, dict) and isinstance(value, dict)
            changes[name] = old | echo(value, old) if is_merged else (None if value == "" else value)
    return changes
