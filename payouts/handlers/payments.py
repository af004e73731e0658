"""Payments that Stripe tells of."""

from datetime import datetime

from credits.services.rewards import reward_action
from payouts.errors import ParentMissing
from payouts.handlers.parties import (
    customer_of,
    find_payer,
    know_payer,
    names_code,
    refer_payer,
    referral_of,
)
from payouts.handlers.stripe_objects import StripeObject, id_of, instant, settled_amount, text, whole
from payouts.models import StripeEvent
from referrals.models import Action, Referral
from referrals.services.qualification import note_payment


def handle_invoice(event: StripeEvent, at: datetime) -> str:
    """`invoice.paid`: the payer is found or, where the invoice names a code, added and attributed; then it earns.

    Amounts of zero neither qualify nor count as a first payment. An invoice of somebody nobody referred waits a while:
    Stripe does not keep the order, and the checkout that names the code may still come.
    """
    invoice = event.payload["data"]["object"]
    amount = settled_amount(invoice)
    if amount <= 0:
        return "nothing was paid"
    referral, why = _referral_for(event, invoice, at=at)
    if referral is None:
        raise ParentMissing(f"no referral: {why}", waits_for=customer_of(invoice))
    return _earn(event, referral, kind=Action.Kind.INVOICE, key=text(invoice, "id"), amount=amount, at=at)


def handle_checkout(event: StripeEvent, at: datetime) -> str:
    """`checkout.session.completed`: the sign-up, by `client_reference_id`, metadata or promotion code; and the payment
    itself where it was a one-off without an invoice. Payments with an invoice are told by `invoice.paid`.
    """
    session = event.payload["data"]["object"]
    person = know_payer(event.tenant, session, at=at)
    why = refer_payer(event.tenant, person, session, at=at)
    referral = referral_of(person)
    is_one_off = text(session, "mode") == "payment" and not id_of(session.get("invoice"))
    if not is_one_off or text(session, "payment_status") != "paid" or referral is None:
        return f"not referred: {why}" if referral is None else "attributed"
    amount = whole(session, "amount_total") - whole(session.get("total_details") or {}, "amount_tax")
    if amount <= 0:
        return "attributed; nothing was paid"
    key = id_of(session.get("payment_intent")) or text(session, "id")
    return _earn(event, referral, kind=Action.Kind.CHECKOUT, key=key, amount=amount, at=at)


def note_unreferred(event: StripeEvent, at: datetime) -> str:
    """An invoice that no referral came for: its payer, if we know them, is from now on a paying customer."""
    invoice = event.payload["data"]["object"]
    person = find_payer(event.tenant, invoice)
    if person:
        note_payment(person, text(invoice, "id"), at=at)
    return "nobody referred this customer"


def _referral_for(event: StripeEvent, invoice: StripeObject, *, at: datetime) -> tuple[Referral | None, str]:
    """The referral an invoice is paid under, attributing its payer now if the invoice names a code; else why none.

    Only an invoice that names a code, or a person we know, makes anybody known: most customers nobody referred.
    """
    person = find_payer(event.tenant, invoice)
    if person is None and not names_code(event.tenant, invoice):
        return None, "nobody we know, and no code"
    person = know_payer(event.tenant, invoice, at=at)
    referral = referral_of(person)
    if referral:
        return referral, ""
    why = refer_payer(event.tenant, person, invoice, at=at)
    return referral_of(person), why


def _earn(event: StripeEvent, referral: Referral, *, kind: str, key: str, amount: int, at: datetime) -> str:
    thing = event.payload["data"]["object"]
    paid_at = instant((thing.get("status_transitions") or {}).get("paid_at")) or event.created_at
    currency = text(thing, "currency").upper()
    reward_action(
        referral,
        kind=kind,
        key=key,
        amount=amount,
        currency=currency,
        occurred_at=paid_at,
        at=at,
        stripe_event=event.event_id,
    )
    referral.refresh_from_db()
    return f"paid {amount} {currency}: referral {referral.status}"
