"""Money that goes back to who paid."""

from datetime import datetime
from typing import Any

from config.demo.stripe.objects.examples import StripeObject, example, overlay, seconds


def refund(
    key: str,
    *,
    charge: str | None,
    amount: int,
    currency: str,
    at: datetime,
    payment_intent: str | None = None,
    status: str = "succeeded",
    failure_reason: str = "",
    **fields: Any,
) -> StripeObject:
    """`status` is pending, requires_action, succeeded, failed or canceled; a failed one has a `failure_reason`."""
    told = {"id": key, "created": seconds(at), "charge": charge, "payment_intent": payment_intent, "amount": amount}
    if failure_reason:
        told |= {"failure_reason": failure_reason, "failure_balance_transaction": f"txn_{key.removeprefix('re_')}"}
    return example("refund", **(told | {"currency": currency, "status": status} | fields))


def credit_note(
    key: str,
    *,
    invoice: str,
    amount: int,
    currency: str,
    at: datetime,
    tax: int = 0,
    is_paid: bool = True,
    refunds: list[tuple[str, int]] | None = None,
    status: str = "issued",
    **fields: Any,
) -> StripeObject:
    """A credit note of `amount`, tax included, issued before or after its invoice was paid.

    `refunds` are the refunds that came with it, as (id, amount). What is neither refunded nor before payment went to
    the customer's credit balance or was settled out of band.
    """
    net = amount - tax
    told = {
        "id": key,
        "number": f"{key.removeprefix('cn_')[-8:].upper()}-CN-01",
        "created": seconds(at),
        "effective_at": seconds(at),
        "invoice": invoice,
        "amount": amount,
        "currency": currency,
        "subtotal": net,
        "subtotal_excluding_tax": net,
        "total": amount,
        "total_excluding_tax": net,
        "total_taxes": [{"amount": tax, "tax_behavior": "exclusive", "taxable_amount": net}] if tax else [],
        "type": "post_payment" if is_paid else "pre_payment",
        "post_payment_amount": amount if is_paid else 0,
        "pre_payment_amount": 0 if is_paid else amount,
        "pretax_credit_amounts": [],
        "refunds": [
            {"amount_refunded": part, "refund": refund, "payment_record_refund": None, "type": "refund"}
            for refund, part in refunds or []
        ],
        "shipping_cost": None,
        "status": status,
        "voided_at": seconds(at) if status == "void" else None,
    }
    thing = example("credit_note", **told)
    line = thing["lines"]["data"][1] | {"id": f"cnli_{key}", "amount": net, "unit_amount": net, "description": "Credit"}
    line |= {"unit_amount_decimal": str(net), "pretax_credit_amounts": []}
    thing["lines"] |= {"data": [line], "url": f"/v1/credit_notes/{key}/lines"}
    return overlay(thing, fields)


def dispute(
    key: str,
    *,
    charge: str,
    amount: int,
    currency: str,
    at: datetime,
    payment_intent: str | None = None,
    status: str = "needs_response",
    **fields: Any,
) -> StripeObject:
    """`status` is needs_response or under_review while it is open; won, lost or warning_closed once it is closed."""
    told = {
        "id": key,
        "created": seconds(at),
        "charge": charge,
        "payment_intent": payment_intent,
        "amount": amount,
        "currency": currency,
        "status": status,
        "reason": "fraudulent",
        "is_charge_refundable": False,
    }
    thing = example("dispute", **told)
    thing["payment_method_details"]["card"]["case_type"] = "chargeback"
    return overlay(thing, fields)
