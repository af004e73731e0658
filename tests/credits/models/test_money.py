"""Currencies, their minor units, and rounding."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from credits.models.money import display, exponent, share, to_major, to_minor, validate_currency

EXPONENTS = {"USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3, "CREDITS": 0}


@pytest.mark.parametrize(("currency", "digits"), EXPONENTS.items())
def test_exponent(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", EXPONENTS)
def test_known_currency(currency):
    assert validate_currency(currency) is None


@pytest.mark.parametrize("currency", ["", "usd", "XXXX", "US", "DOLLARS", "credits", "U$D", "USD "])
def test_unknown_currency(currency):
    with pytest.raises(ValidationError, match="is not an ISO 4217 currency"):
        validate_currency(currency)


MAJOR = [
    (250, "USD", "2.50"),
    (-250, "USD", "-2.50"),
    (0, "USD", "0.00"),
    (1, "KWD", "0.001"),
    (250, "JPY", "250"),
    (7, "CREDITS", "7"),
    (10**15, "USD", "10000000000000.00"),
]


@pytest.mark.parametrize(("minor", "currency", "major"), MAJOR)
def test_major_units_keep_the_digits_of_the_currency(minor, currency, major):
    assert str(to_major(minor, currency)) == major


@pytest.mark.parametrize(("minor", "currency", "major"), MAJOR)
def test_minor_units_of_what_was_written_so(minor, currency, major):
    assert to_minor(Decimal(major), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("2.505", "USD"), ("0.5", "JPY"), ("1.0001", "KWD"), ("0.1", "CREDITS")]
)
def test_fraction_the_currency_has_not_is_refused(amount, currency):
    with pytest.raises(ValueError, match="more digits than"):
        to_minor(Decimal(amount), currency)


def test_trailing_zeros_are_no_fraction():
    assert to_minor(Decimal("2.5000"), "USD") == 250


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="more digits than"):
        to_minor(Decimal("NaN"), "USD")


@given(amount=st.integers(-(10**15), 10**15), currency=st.sampled_from(sorted(EXPONENTS)))
def test_there_and_back(amount, currency):
    assert to_minor(to_major(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("rate", "amount", "expected"),
    [("0.5", 1, 0), ("0.5", 3, 2), ("0.5", 5, 2), ("0.25", 1002, 250), ("1", 10**15, 10**15), ("0.5", -1, 0)],
)
def test_share_rounds_half_even(rate, amount, expected):
    assert share(Decimal(rate), amount) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123450, "USD", "1,234.50 USD"),
        (123450, "JPY", "123,450 JPY"),
        (123450, "KWD", "123.450 KWD"),
        (-5, "USD", "-0.05 USD"),
        (1000, "CREDITS", "1,000 CREDITS"),
    ],
)
def test_display(amount, currency, text):
    assert display(amount, currency) == text
