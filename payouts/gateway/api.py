"""Asking Stripe: paying out, looking up what became of it, and listing what happened there. Never inside a transaction.

Whatever Stripe answers ends as a value, Refused (it was not done, and will not be) or Unclear (it may have been done).
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.db import transaction

from tenants.models import Tenant

TIMEOUT, RETRIES, PAGE = 20.0, 2, 100
IN_USE = 409  # another request with the same key is under way: nothing is stored yet
# Refusals that time or the tenant may mend: not of this payout, but of all just now.
TEMPORARY = frozenset({"balance_insufficient", "api_key_expired", "platform_account_required", "rate_limit"})
T = TypeVar("T")


class Refused(Exception):
    """Stripe did not do it. `is_temporary` where the same may well be granted later."""

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class Unclear(Exception):
    """No answer, or none to go by: it may have been done. `is_stored` where the same key would be told the same."""

    def __init__(self, message: str, *, is_stored: bool = False) -> None:
        super().__init__(message)
        self.is_stored = is_stored


@dataclass(frozen=True)
class Found:
    """A transfer or a balance transaction at Stripe. `group` is the payout it was made for, if one of ours."""

    stripe_id: str
    amount: int
    currency: str
    destination: str
    group: str
    reversed_amount: int = 0


def send_transfer(tenant: Tenant, *, amount: int, currency: str, destination: str, group: str, key: str) -> Found:
    """Move money to a connected account. Raises Refused and Unclear."""
    what: Any = {"amount": amount, "currency": currency.lower(), "destination": destination}
    what |= {"transfer_group": group, "metadata": {"payout": group}}
    transfers = connect(tenant).v1.transfers
    return _ask(lambda: _transfer(transfers.create(what, {"idempotency_key": key}).to_dict()))


def credit_customer(tenant: Tenant, *, amount: int, currency: str, destination: str, group: str, key: str) -> Found:
    """Credit a customer's balance, which pays their next invoices. Raises Refused and Unclear."""
    what: Any = {"amount": -amount, "currency": currency.lower(), "metadata": {"payout": group}}
    what |= {"description": "Referral reward"}
    balances = connect(tenant).v1.customers.balance_transactions
    return _ask(lambda: _credit(balances.create(destination, what, {"idempotency_key": key}).to_dict()))


def find_transfer(tenant: Tenant, *, destination: str, group: str) -> Found | None:  # noqa: ARG001 (as find_credit)
    """The transfer made for a payout, if there is one."""
    transfers = connect(tenant).v1.transfers
    page = _ask(lambda: transfers.list({"transfer_group": group, "limit": 1}).data)
    return _transfer(page[0].to_dict()) if page else None


def find_credit(tenant: Tenant, *, destination: str, group: str) -> Found | None:
    """The balance transaction made for a payout, if there is one."""
    return next((found for found in list_credits(tenant, destination=destination) if found.group == group), None)


def read_transfer(tenant: Tenant, *, destination: str, stripe_id: str) -> Found:  # noqa: ARG001 (as read_credit)
    transfers = connect(tenant).v1.transfers
    return _ask(lambda: _transfer(transfers.retrieve(stripe_id).to_dict()))


def read_credit(tenant: Tenant, *, destination: str, stripe_id: str) -> Found:
    balances = connect(tenant).v1.customers.balance_transactions
    return _ask(lambda: _credit(balances.retrieve(destination, stripe_id).to_dict()))


def list_transfers(tenant: Tenant, *, since: datetime) -> Iterator[Found]:
    """Every transfer since an instant, newest first."""
    transfers = connect(tenant).v1.transfers
    window: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    yield from (_transfer(thing.to_dict()) for thing in _pages(transfers.list, window))


def list_credits(tenant: Tenant, *, destination: str) -> Iterator[Found]:
    """Every balance transaction of a customer, newest first."""
    balances = connect(tenant).v1.customers.balance_transactions
    things = _pages(lambda more: balances.list(destination, more), {"limit": PAGE})
    yield from (_credit(thing.to_dict()) for thing in things)


def list_events(tenant: Tenant, *, since: datetime) -> Iterator[dict[str, Any]]:
    """Every event since an instant, newest first, as its webhook would bring it. Stripe keeps them for 30 days."""
    events = connect(tenant).v1.events
    window: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    yield from (_plain(thing) for thing in _pages(events.list, window))


def invoices_paid_by(tenant: Tenant, payment_intent: str) -> list[str]:
    """The ids of the invoices that a payment intent paid."""
    payments = connect(tenant).v1.invoice_payments
    paid_by: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent}, "limit": PAGE}
    things = [thing.to_dict() for thing in _ask(lambda: payments.list(paid_by).data)]
    invoices = [thing.get("invoice") for thing in things]
    return [invoice["id"] if isinstance(invoice, dict) else invoice for invoice in invoices if invoice]


def connect(tenant: Tenant) -> stripe.StripeClient:
    """A client with the tenant's own key. Raises Refused where there is none."""
    with transaction.atomic(durable=True):  # raises RuntimeError inside another one: what Stripe does is not undone
        pass
    key = tenant.stripe_api_key.strip()
    if not key:
        raise Refused("The tenant has no Stripe API key.", is_temporary=True)
    base: Any = {"api": settings.STRIPE_API} if settings.STRIPE_API else {}
    return stripe.StripeClient(key, http_client=new_http_client(), max_network_retries=RETRIES, base_addresses=base)


def new_http_client() -> stripe.HTTPClient:
    return stripe.RequestsClient(timeout=TIMEOUT)


def _ask(question: Callable[[], T]) -> T:
    try:
        return question()
    except stripe.RateLimitError as error:  # refused before anything was done
        raise Unclear(_words(error)) from error
    except (stripe.APIConnectionError, stripe.APIError, stripe.IdempotencyError) as error:
        is_stored = error.http_status not in (None, IN_USE)
        raise Unclear(_words(error), is_stored=is_stored) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Refused(_words(error), is_temporary=True) from error
    except stripe.StripeError as error:
        raise Refused(_words(error), is_temporary=error.code in TEMPORARY) from error


def _words(error: stripe.StripeError) -> str:
    return f"{error.code or type(error).__name__}: {error.user_message or error}"[:1000]


def _pages(read: Callable[[Any], Any], what: dict[str, Any]) -> Iterator[Any]:
    while True:
        page = _ask(partial(read, what))
        yield from page.data
        if not page.has_more:
            return
        what = {**what, "starting_after": page.data[-1].id}


def _transfer(thing: dict[str, Any]) -> Found:
    destination = thing.get("destination")
    account = destination.get("id", "") if isinstance(destination, dict) else destination or ""
    group = (thing.get("metadata") or {}).get("payout") or thing.get("transfer_group") or ""
    currency, reversed_amount = thing["currency"].upper(), thing.get("amount_reversed") or 0
    return Found(thing["id"], thing["amount"], currency, account, group, reversed_amount)


def _credit(thing: dict[str, Any]) -> Found:
    customer = thing.get("customer")
    name = customer.get("id", "") if isinstance(customer, dict) else customer or ""
    group = (thing.get("metadata") or {}).get("payout") or ""
    return Found(thing["id"], -thing["amount"], thing["currency"].upper(), name, group)


def _plain(thing: Any) -> dict[str, Any]:
    """An object of the SDK as the JSON it came as."""
    plain: dict[str, Any] = json.loads(json.dumps(thing.to_dict()))
    return plain
