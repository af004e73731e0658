"""The Account object (contracts/saasquatch.md, section 3, accountsync)."""

from typing import Any

from credits.models.money import to_major
from referrals.models import Account


def show_account(account: Account) -> dict[str, Any]:
    return {
        "id": account.account_id,
        "subscription": {
            "status": account.status,
            "billingIntervalType": account.interval or None,
            "billingIntervalValue": account.interval_count,
            "value": _show_value(account),
        },
        "referral": {"code": account.code or None},
        "currency": account.currency,
    }


def _show_value(account: Account) -> float | None:
    """Whole dollars as a whole number, as they were most likely told."""
    if account.value is None:
        return None
    value = to_major(account.value, account.currency)
    return int(value) if value == value.to_integral_value() else float(value)
