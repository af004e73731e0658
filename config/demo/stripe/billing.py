"""Invoices that customers pay, and what is credited of them afterwards."""

from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.call import Call, new_id
from config.demo.stripe.errors import Refusal
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.changes import change
from config.demo.stripe.resources.customers import move_balance
from config.demo.stripe.resources.payments import find_charge, refund_charge


def pay(
    call: Call, customer: str, total: int, *, currency: str, tax: int, key: str, card: str, **fields: Any
) -> StripeObject:
    key = key or new_id("in_1")
    credit = _use_credit(call, customer, total, currency=currency, invoice=key)
    due = total - credit
    intent = new_id("pi_3") if due else ""
    invoice = objects.invoice(
        key,
        customer=customer,
        total=total,
        tax=tax,
        credit=credit,
        currency=currency,
        payment_intent=intent,
        at=call.at,
        **fields,
    )
    call.put(invoice)
    if due:
        charge = objects.charge(
            new_id("ch_3"),
            customer=customer,
            amount=due,
            currency=currency,
            at=call.at,
            card=card,
            payment_intent=intent,
            metadata=fields.get("metadata", {}),
        )
        call.tell("charge.succeeded", call.put(charge))
    call.tell("invoice.paid", invoice)
    for payment in invoice.get("payments", {}).get("data", ()):
        call.tell("invoice_payment.paid", call.put(payment))
    return invoice


def _use_credit(call: Call, customer: str, total: int, *, currency: str, invoice: str) -> int:
    """Pay with a customer's credit as far as it goes; nothing for customers nobody told of."""
    thing = call.store.get("customer", customer)
    has: int = -((thing or {}).get("invoice_credit_balance") or {}).get(currency, 0)
    credit = min(total, max(0, has))
    if thing and credit:
        move_balance(call, thing, amount=credit, currency=currency, type="applied_to_invoice", invoice=invoice)
    return credit


def credit(call: Call, invoice: str, amount: int, *, refund: int, **fields: Any) -> None:
    thing = call.find("invoice", invoice)
    rest = thing["total"] - thing["post_payment_credit_notes_amount"]
    if amount > rest or refund > amount:
        raise Refusal(f"The credit note of {amount} is greater than what is left of the invoice ({rest})")
    refunds = []
    if refund:
        (payment,) = thing["payments"]["data"]
        charge = find_charge(call, payment_intent=payment["payment"]["payment_intent"])
        refunds = [(refund_charge(call, charge, amount=refund)["id"], refund)]
    note = objects.credit_note(
        new_id("cn_1"),
        invoice=invoice,
        amount=amount,
        currency=thing["currency"],
        customer=thing["customer"],
        at=call.at,
        refunds=refunds,
        **fields,
    )
    customer = call.store.get("customer", thing["customer"])
    if customer and amount > refund:
        moved = {"type": "credit_note", "credit_note": note["id"], "invoice": invoice}
        movement = move_balance(call, customer, amount=refund - amount, currency=thing["currency"], **moved)
        note["customer_balance_transaction"] = movement["id"]
    call.tell("credit_note.created", call.put(note))
    note_credit(call, thing, amount)


def note_credit(call: Call, invoice: StripeObject, amount: int) -> None:
    credited = invoice["post_payment_credit_notes_amount"] + amount
    previous = change(call, invoice, {"post_payment_credit_notes_amount": credited})
    call.tell("invoice.updated", invoice, previous=previous)
