"""A tenant tells of one of its accounts; when it first pays, whoever brought it in has earned."""

from datetime import datetime
from typing import Any

from django.db import transaction

from credits.services.rewards import reward_action
from referrals.models import Account, Action
from referrals.services.accounts import payment_key, record_account
from tenants.models import Tenant


@transaction.atomic
def sync_account(tenant: Tenant, account_id: str, *, at: datetime, actor: str, **told: Any) -> Account:
    """Record an account and, where it converts a referral by paying, reward that as one paid action of its value.

    `told` is what `record_account` takes. Raises UnknownCode and InvalidAmount.
    """
    account, converts = record_account(tenant, account_id, at=at, actor=actor, **told)
    if converts:
        reward_action(
            converts,
            kind=Action.Kind.API,
            key=payment_key(account),
            amount=account.value or 0,
            currency=account.currency,
            occurred_at=at,
            at=at,
        )
    return account
