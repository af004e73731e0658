"""Currencies and their minor units. Amounts are integers everywhere; decimals exist only at the edges."""

from decimal import ROUND_HALF_EVEN, Decimal

from babel.numbers import get_currency_precision, list_currencies
from django.core.exceptions import ValidationError

PRODUCT_CREDITS = "CREDITS"  # counted in whole credits, whatever the tenant sells
MAX_AMOUNT = 10**15

_KNOWN = frozenset(list_currencies()) | {PRODUCT_CREDITS}


def validate_currency(currency: str) -> None:
    if currency not in _KNOWN:
        raise ValidationError(f"{currency!r} is not an ISO 4217 currency.")


def exponent(currency: str) -> int:
    """Digits after the point: 2 for USD, 0 for JPY and product credits, 3 for KWD."""
    return 0 if currency == PRODUCT_CREDITS else get_currency_precision(currency)


def to_major(amount: int, currency: str) -> Decimal:
    """250 minor units of USD are Decimal("2.50")."""
    return Decimal(amount).scaleb(-exponent(currency))


def to_minor(amount: Decimal, currency: str) -> int:
    """Decimal("2.50") of USD is 250. Raises ValueError when the currency has no such fraction."""
    minor = amount.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} has more digits than {currency} has minor units")
    return int(minor)


def share(rate: Decimal, amount: int) -> int:
    """A rate of an amount, rounded half-even once."""
    return int((rate * amount).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def portion(amount: int, part: int, whole: int) -> int:
    """The part of an amount that goes with a part of a whole, rounded half-even; nothing is left over of the whole."""
    return amount if part >= whole else _divide(amount * part, whole)


def _divide(dividend: int, divisor: int) -> int:
    """An exact quotient of integers of any size, rounded half-even."""
    quotient, rest = divmod(dividend, divisor)
    return quotient + (2 * rest > divisor or (2 * rest == divisor and quotient % 2 == 1))


def display(amount: int, currency: str) -> str:
    """For people: 1,234.50 USD."""
    return f"{to_major(amount, currency):,} {currency}"
