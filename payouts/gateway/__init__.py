"""The only package that imports `stripe`."""

from payouts.gateway.api import (
    Found,
    Refused,
    Unclear,
    credit_customer,
    find_credit,
    find_transfer,
    invoices_paid_by,
    list_credits,
    list_events,
    list_transfers,
    read_credit,
    read_transfer,
    send_transfer,
)
from payouts.gateway.webhooks import sign_event, verify_event

__all__ = [
    "Found",
    "Refused",
    "Unclear",
    "credit_customer",
    "find_credit",
    "find_transfer",
    "invoices_paid_by",
    "list_credits",
    "list_events",
    "list_transfers",
    "read_credit",
    "read_transfer",
    "send_transfer",
    "sign_event",
    "verify_event",
]
