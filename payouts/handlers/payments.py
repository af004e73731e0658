"""Payments that Stripe tells of."""

from datetime import datetime
from typing import Any

from credits.errors import TwoInvoices
from credits.models import Payment
from credits.services.payments import know_payment
from credits.services.reversals import link_action
from credits.services.rewards import reward_action
from payouts.errors import ParentMissing
from payouts.handlers.names import check_currency, names_of
from payouts.handlers.parties import (
    customer_of,
    find_payer,
    know_payer,
    names_code,
    refer_payer,
    referral_of,
)
from payouts.handlers.stripe_objects import charged, id_of, instant, one_off_amount, settled_amount, text
from payouts.models import StripeEvent
from referrals.models import Action, Person, Referral
from referrals.services.qualification import note_payment


def handle_invoice(event: StripeEvent, at: datetime) -> str:
    """`invoice.paid`: the payer is found or, where the invoice names a code, added and attributed; then it earns.

    Amounts of zero neither qualify nor count as a first payment. An invoice that names no code, of somebody nobody
    referred, waits a while: Stripe does not keep the order, and the checkout that names one may still come.
    """
    invoice = event.payload["data"]["object"]
    amount = settled_amount(invoice)
    if amount <= 0:
        return "nothing was paid"
    payment = know_payment(event.tenant, names_of(invoice), at=at)  # before any referral is locked
    is_named, person = names_code(event.tenant, invoice), find_payer(event.tenant, invoice)
    if person is None and not is_named:  # most customers nobody referred: they are not made known
        raise ParentMissing("no referral: nobody we know, and no code", waits_for=customer_of(invoice))
    person = know_payer(event.tenant, invoice, at=at)
    why = "" if referral_of(person) else refer_payer(event, person, at=at)
    if referral_of(person) is None and not is_named:
        raise ParentMissing(f"no referral: {why}", waits_for=customer_of(invoice))
    told: dict[str, Any] = {"kind": Action.Kind.INVOICE, "key": text(invoice, "id"), "amount": amount}
    return _pay(event, payment, person, why=why, at=at, **told)


def handle_checkout(event: StripeEvent, at: datetime) -> str:
    """`checkout.session.completed`: the sign-up, by metadata, promotion code or `client_reference_id`; and the payment
    itself where it was a one-off without an invoice. Payments with an invoice are told by `invoice.paid`, those by bank
    debit, which arrive later, by `checkout.session.async_payment_succeeded`.
    """
    session = event.payload["data"]["object"]
    payment = know_payment(event.tenant, names_of(session), at=at)
    person = know_payer(event.tenant, session, at=at)
    why = refer_payer(event, person, at=at)
    amount = one_off_amount(session)
    if amount <= 0:
        return "attributed" if referral_of(person) else f"not referred: {why}"
    key = id_of(session.get("payment_intent")) or text(session, "id")
    return _pay(event, payment, person, kind=Action.Kind.CHECKOUT, key=key, amount=amount, why=why, at=at)


def note_unreferred(event: StripeEvent, at: datetime) -> str:
    """An invoice that no referral came for: its payer, if we know them, is from now on a paying customer."""
    invoice = event.payload["data"]["object"]
    person = find_payer(event.tenant, invoice)
    if person:
        note_payment(person, text(invoice, "id"), at=at)
    return "nobody referred this customer"


def _pay(
    event: StripeEvent, payment: Payment, person: Person, *, kind: str, key: str, amount: int, why: str, at: datetime
) -> str:
    """A payment earns under the referral of its payer; one of somebody not referred makes them a paying customer."""
    referral = referral_of(person)
    if referral is None:
        note_payment(person, key, at=at)
        return f"not referred: {why}"
    earned = payment.action
    if earned and earned.key != key:  # told of before under another of its names
        if earned.kind == kind == Action.Kind.INVOICE:
            raise TwoInvoices(f"{key} and {earned.key} are said to be one payment")
        return f"counted already, as {earned.key}"
    return _earn(event, payment, referral, kind=kind, key=key, amount=amount, at=at)


def _earn(
    event: StripeEvent, payment: Payment, referral: Referral, *, kind: str, key: str, amount: int, at: datetime
) -> str:
    thing = event.payload["data"]["object"]
    currency = text(thing, "currency").upper()
    action = reward_action(
        referral,
        kind=kind,
        key=key,
        amount=amount,
        currency=currency,
        occurred_at=instant((thing.get("status_transitions") or {}).get("paid_at")) or event.created_at,
        at=at,
        stripe_event=event.event_id,
    )
    link_action(payment, action, paid_amount=charged(thing), at=at)
    check_currency(payment, thing)
    referral.refresh_from_db()
    return f"paid {amount} {currency}: referral {referral.status}"
