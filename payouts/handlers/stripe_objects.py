"""Reading Stripe's objects as they come in events: fields may be missing, null, an id, or the whole expanded object."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

StripeObject = dict[str, Any]


def text(thing: StripeObject, *path: str) -> str:
    """A string somewhere inside an object, or "" where anything on the way is missing."""
    value: Any = thing
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value.strip() if isinstance(value, str) else ""


def id_of(value: Any) -> str:
    """The id of a reference, expanded or not."""
    if isinstance(value, dict):
        return text(value, "id")
    return value if isinstance(value, str) else ""


def whole(thing: StripeObject, name: str) -> int:
    value = thing.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def instant(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value, tz=UTC) if isinstance(value, int) else None


def metadata(thing: StripeObject, name: str) -> str:
    """A metadata value of an object, or of the subscription an invoice is for."""
    return text(thing, "metadata", name) or text(thing, "parent", "subscription_details", "metadata", name)


def settled_amount(invoice: StripeObject) -> int:
    """What an invoice brought in: the amount paid, less tax and less what account credit paid of it."""
    total = whole(invoice, "total")
    credit = min(max(0, whole(invoice, "ending_balance") - whole(invoice, "starting_balance")), total)
    credit = credit if whole(invoice, "starting_balance") < 0 else 0
    return min(whole(invoice, "amount_paid"), total - credit) - _tax(invoice, total)


def one_off_amount(session: StripeObject) -> int:
    """What a checkout brought in by itself, less tax: nothing where an invoice tells of its payment."""
    has_invoice = id_of(session.get("invoice")) or (session.get("invoice_creation") or {}).get("enabled") is True
    if text(session, "mode") != "payment" or text(session, "payment_status") != "paid" or has_invoice:
        return 0
    return whole(session, "amount_total") - whole(session.get("total_details") or {}, "amount_tax")


def charged(thing: StripeObject) -> int:
    """What an invoice or a checkout charged, tax included: what refunds of it are parts of."""
    return whole(thing, "amount_paid" if text(thing, "object") == "invoice" else "amount_total")


def _tax(invoice: StripeObject, total: int) -> int:
    if isinstance(invoice.get("total_excluding_tax"), int):
        return max(0, total - whole(invoice, "total_excluding_tax"))
    taxes = invoice.get("total_taxes") or []
    return sum(whole(tax, "amount") for tax in taxes if isinstance(tax, dict))


def promotion_codes(thing: StripeObject) -> Iterator[str]:
    """Ids and spellings of the promotion codes behind an object's discounts."""
    discounts = thing.get("discounts") or []
    for discount in [*discounts, thing.get("discount")]:
        promotion = discount.get("promotion_code") if isinstance(discount, dict) else None
        yield id_of(promotion)
        if isinstance(promotion, dict):
            yield text(promotion, "code")


def card_fingerprints(thing: Any) -> Iterator[str]:
    """The fingerprint of every card anywhere inside an object: customers, charges and payment methods nest them
    differently, and what is not expanded is not there.
    """
    if isinstance(thing, list):
        for item in thing:
            yield from card_fingerprints(item)
    elif isinstance(thing, dict):
        if isinstance(thing.get("fingerprint"), str) and "exp_month" in thing:
            yield thing["fingerprint"]
        for value in thing.values():
            yield from card_fingerprints(value)
