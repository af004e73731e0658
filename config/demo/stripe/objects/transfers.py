from copy import deepcopy
from datetime import datetime
from typing import Any

from config.demo.stripe.objects.examples import StripeObject, example, overlay, seconds

NOTHING_DUE: StripeObject = {
    "alternatives": [],
    "current_deadline": None,
    "currently_due": [],
    "disabled_reason": None,
    "errors": [],
    "eventually_due": [],
    "past_due": [],
    "pending_verification": [],
}


def account(key: str, *, at: datetime, transfers: str = "active", **fields: Any) -> StripeObject:
    """A connected account that went through onboarding; `transfers` is the state of that capability, "" for none."""
    told = {
        "id": key,
        "created": seconds(at),
        "type": "express",
        "email": None,
        "capabilities": {"transfers": transfers} if transfers else {},
        "charges_enabled": True,
        "details_submitted": True,
        "payouts_enabled": True,
        "requirements": deepcopy(NOTHING_DUE),
    }
    thing = example("account", **told)
    thing["external_accounts"]["url"] = f"/v1/accounts/{key}/external_accounts"
    return overlay(thing, fields)


def transfer(
    key: str, *, amount: int, currency: str, destination: str, at: datetime, reversed_amount: int = 0, **fields: Any
) -> StripeObject:
    """Money sent to a connected account, of which `reversed_amount` came back."""
    unique = key.removeprefix("tr_")
    told = {
        "id": key,
        "created": seconds(at),
        "amount": amount,
        "amount_reversed": reversed_amount,
        "reversed": reversed_amount == amount,
        "currency": currency,
        "destination": destination,
        "balance_transaction": f"txn_{unique}",
        "destination_payment": f"py_{unique}",
    }
    thing = example("transfer", **told)
    thing["reversals"]["url"] = f"/v1/transfers/{key}/reversals"
    return overlay(thing, fields)


def transfer_reversal(
    key: str, *, transfer: str, amount: int, currency: str, at: datetime, **fields: Any
) -> StripeObject:
    unique = key.removeprefix("trr_")
    told = {
        "id": key,
        "created": seconds(at),
        "transfer": transfer,
        "amount": amount,
        "currency": currency,
        "balance_transaction": f"txn_{unique}",
        "destination_payment_refund": f"pyr_{unique}",
    }
    return example("transfer_reversal", **(told | fields))
