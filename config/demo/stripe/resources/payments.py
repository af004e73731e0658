"""Charges, invoices and what was refunded of them."""

from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.call import Call, new_id
from config.demo.stripe.errors import Refusal, missing
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.changes import change, check_amount, echo, merge_metadata
from config.demo.stripe.resources.lists import equal, list_objects

HELD = {"pending", "requires_action", "succeeded"}  # refunds that count


def retrieve_charge(call: Call) -> StripeObject:
    return call.find("charge", call.ids[0])


def retrieve_invoice(call: Call) -> StripeObject:
    return call.find("invoice", call.ids[0])


def list_invoice_payments(call: Call) -> StripeObject:
    payment = call.params.get("payment", {})
    filters = [(f"$.payment.{name}", value) for name, value in payment.items()]
    return list_objects(call, "invoice_payment", *equal(call.params, "invoice", "status"), *filters)


def check_refund(params: dict[str, Any]) -> None:
    if "amount" in params:
        check_amount(params["amount"])
    if not params.get("charge") and not params.get("payment_intent"):
        words = "One of the following params should be provided for this request: payment_intent or charge."
        raise Refusal(words, code="parameter_missing")


def create_refund(call: Call) -> StripeObject:
    params = call.params
    told = {name: params[name] for name in ("reason",) if name in params}
    return refund_charge(
        call,
        find_charge(call, charge=params.get("charge", ""), payment_intent=params.get("payment_intent", "")),
        amount=params.get("amount"),
        metadata=merge_metadata({}, params.get("metadata")),
        **told,
    )


def find_charge(call: Call, *, charge: str = "", payment_intent: str = "") -> StripeObject:
    if charge:
        return call.find("charge", charge, param="charge", status=400)
    found = call.store.select("charge", ("$.payment_intent", payment_intent), limit=1)
    if not found:
        raise missing("payment_intent", payment_intent, param="payment_intent", status=400)
    return found[0]


def refund_charge(
    call: Call, charge: StripeObject, *, amount: int | None = None, status: str = "succeeded", **fields: Any
) -> StripeObject:
    """Give an amount back, by default all that is left of it."""
    rest = charge["amount"] - charge["amount_refunded"]
    amount = rest if amount is None else amount
    if rest == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > rest:
        words = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})"
        raise Refusal(words, param="amount")
    refund = objects.refund(
        new_id("re_3"),
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        amount=amount,
        currency=charge["currency"],
        at=call.at,
        status=status,
        **fields,
    )
    call.put(refund)
    call.tell("refund.created", refund)
    note_refunds(call, charge, told_as="charge.refunded")
    return refund


def note_refunds(call: Call, charge: StripeObject, *, told_as: str) -> None:
    """Bring a charge's own figures in line with its refunds."""
    refunds = [refund for refund in call.store.select("refund", ("$.charge", charge["id"])) if refund["status"] in HELD]
    amount = sum(refund["amount"] for refund in refunds)
    changes = {
        "amount_refunded": amount,
        "refunded": amount == charge["amount"],
        "refunds": charge["refunds"] | {"data": refunds},
    }
    previous = change(call, charge, changes)
    previous.pop("refunds", None)
    if previous:
        call.tell(told_as, charge, previous=previous)


def retrieve_refund(call: Call) -> StripeObject:
    return call.find("refund", call.ids[0])


def list_refunds(call: Call) -> StripeObject:
    return list_objects(call, "refund", *equal(call.params, "charge", "payment_intent"))


def update_refund(call: Call) -> StripeObject:
    refund = call.find("refund", call.ids[0])
    previous = change(call, refund, echo(call.params, refund))
    if previous:
        call.tell("refund.updated", refund, previous=previous)
    return refund
