"""Under which names Stripe's objects mean one payment."""

from collections.abc import Iterator
from datetime import datetime

from credits.errors import CurrencyDiffers
from credits.models import Payment
from credits.services.payments import know_payment
from payouts.handlers.customers import note_card
from payouts.handlers.stripe_objects import StripeObject, id_of, text
from payouts.models import StripeEvent

NAMED_ITSELF = {"invoice", "payment_intent", "charge", "checkout.session", "refund"}
LINKS = ("invoice", "payment_intent", "charge", "latest_charge", "refund")


def link_names(event: StripeEvent, at: datetime) -> str:
    """`invoice_payment.paid` and `payment_intent.succeeded`: whatever they name is one payment."""
    names = names_of(event.payload["data"]["object"])
    if len(names) < 2:  # noqa: PLR2004 (one name links nothing)
        return "it names one thing only"
    know_payment(event.tenant, names, at=at)
    return f"one payment: {', '.join(sorted(names))}"


def link_charge(event: StripeEvent, at: datetime) -> str:
    """`charge.succeeded`: the names of a payment, and a card that is one of the customer's marks."""
    link_names(event, at)
    return note_card(event, at)


def find_payment(event: StripeEvent, at: datetime) -> Payment:
    """The payment that went back, locked; perhaps not told of yet. Raises CurrencyDiffers."""
    thing = event.payload["data"]["object"]
    payment = know_payment(event.tenant, names_of(thing), at=at)
    check_currency(payment, thing)
    return payment


def check_currency(payment: Payment, thing: StripeObject) -> None:
    """Raises CurrencyDiffers where an object tells of a payment in another currency than its action's."""
    told, action = text(thing, "currency").upper(), payment.action
    if action and told != action.currency:
        raise CurrencyDiffers(f"{text(thing, 'id')} is in {told}, {action.key} in {action.currency}")


def describe(payment: Payment) -> str:
    """How a payment stands, for an event's outcome."""
    if payment.paid_amount is None or payment.action is None:
        return "of a payment not told of yet"
    dispute = ", disputed" if payment.disputed_at else ""
    return f"{payment.returned_amount} of {payment.paid_amount} {payment.action.currency} went back{dispute}"


def names_of(thing: StripeObject) -> set[str]:
    """The ids by which an object means a payment: its own, and those it refers to, expanded or not.

    Invoices name their payments in a list, where Stripe was asked for it, and named their charge in older versions of
    its API; charges named their invoice.
    """
    names = {text(thing, "id")} if text(thing, "object") in NAMED_ITSELF else set()
    for link in LINKS:
        names.add(id_of(thing.get(link)))
    for inner in _inner(thing):
        names |= names_of(inner)
    return names - {""}


def _inner(thing: StripeObject) -> Iterator[StripeObject]:
    """Objects inside an object that may name more: references expanded, and lists of payments and refunds."""
    values = [thing.get(name) for name in (*LINKS, "payment", "payments", "refunds")]
    for value in values:
        items = value.get("data") if isinstance(value, dict) and "data" in value else value
        yield from (item for item in (items if isinstance(items, list) else [items]) if isinstance(item, dict))
