"""Amounts, dates and other people as a member reads them."""

from datetime import datetime

from babel.numbers import format_currency
from django.utils.formats import date_format

from credits.models.money import PRODUCT_CREDITS, to_major
from referrals.models import Person

SOMEBODY = "A friend"
HIDDEN = "•••"
NO_BREAK = "\xa0"


def money(amount: int, currency: str) -> str:
    """Minor units with their sign: $1,234.50, ¥2,000, 120 credits."""
    if currency == PRODUCT_CREDITS:
        return f"{amount:,} credit{'' if amount == 1 else 's'}"
    written = format_currency(to_major(amount, currency), currency, locale="en_US")
    return written.replace(currency, f"{currency}{NO_BREAK}", 1)  # a currency without a sign goes by its code


def day(instant: datetime | None) -> str:
    """3 Jul 2026, or "" for none."""
    return date_format(instant) if instant else ""


def friend_name(person: Person) -> str:
    """All that a member is told of somebody else's name: the first one."""
    words = person.first_name.split()
    return words[0] if words else SOMEBODY


def mask_email(email: str) -> str:
    """Enough to recognise an address that one knows, too little to learn it: d•••@e•••.com."""
    local, at, domain = email.strip().rpartition("@")
    if not (at and local and domain):
        return ""
    host, dot, ending = domain.rpartition(".")
    return f"{local[0]}{HIDDEN}@{(host or ending)[:1]}{HIDDEN}{dot}{ending if dot else ''}"
