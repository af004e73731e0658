"""Which address does what, with which parameters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe.params._account_create_params import AccountCreateParams
from stripe.params._account_retrieve_params import AccountRetrieveParams
from stripe.params._account_update_params import AccountUpdateParams
from stripe.params._charge_retrieve_params import ChargeRetrieveParams
from stripe.params._customer_balance_transaction_create_params import CustomerBalanceTransactionCreateParams
from stripe.params._customer_balance_transaction_list_params import CustomerBalanceTransactionListParams
from stripe.params._customer_balance_transaction_retrieve_params import CustomerBalanceTransactionRetrieveParams
from stripe.params._customer_create_params import CustomerCreateParams
from stripe.params._customer_list_params import CustomerListParams
from stripe.params._customer_retrieve_params import CustomerRetrieveParams
from stripe.params._event_list_params import EventListParams
from stripe.params._event_retrieve_params import EventRetrieveParams
from stripe.params._invoice_payment_list_params import InvoicePaymentListParams
from stripe.params._invoice_retrieve_params import InvoiceRetrieveParams
from stripe.params._refund_create_params import RefundCreateParams
from stripe.params._refund_list_params import RefundListParams
from stripe.params._refund_retrieve_params import RefundRetrieveParams
from stripe.params._refund_update_params import RefundUpdateParams
from stripe.params._transfer_create_params import TransferCreateParams
from stripe.params._transfer_list_params import TransferListParams
from stripe.params._transfer_retrieve_params import TransferRetrieveParams
from stripe.params._transfer_reversal_create_params import TransferReversalCreateParams
from stripe.params._transfer_reversal_list_params import TransferReversalListParams
from stripe.params._transfer_update_params import TransferUpdateParams

from config.demo.stripe.call import Call
from config.demo.stripe.errors import unknown_url
from config.demo.stripe.forms import Form
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.params import check_params
from config.demo.stripe.resources import accounts, customers, events, payments, transfers

Check = Callable[[dict[str, Any]], None]


def check_nothing(params: dict[str, Any]) -> None:
    """The SDK's types say it all."""


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    act: Callable[[Call], StripeObject]
    params: Any  # the SDK's TypedDict
    check: Check = check_nothing

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """The ids in a path of this route."""
        found = re.fullmatch(self.pattern.replace("*", "([^/]+)"), path) if method == self.method else None
        return found.groups() if found else None

    def read(self, form: Form) -> dict[str, Any]:
        """The parameters of a form. Raises Refusal for those that do not fit."""
        params = check_params(form, self.params)
        self.check(params)
        return params


ROUTES = (
    Route("POST", "/v1/accounts", accounts.create_account, AccountCreateParams),
    Route("GET", "/v1/accounts/*", accounts.retrieve_account, AccountRetrieveParams),
    Route("POST", "/v1/accounts/*", accounts.update_account, AccountUpdateParams),
    Route("POST", "/v1/transfers", transfers.create_transfer, TransferCreateParams, transfers.check_transfer),
    Route("GET", "/v1/transfers", transfers.list_transfers, TransferListParams),
    Route("GET", "/v1/transfers/*", transfers.retrieve_transfer, TransferRetrieveParams),
    Route("POST", "/v1/transfers/*", transfers.update_transfer, TransferUpdateParams),
    Route(
        "POST",
        "/v1/transfers/*/reversals",
        transfers.create_reversal,
        TransferReversalCreateParams,
        transfers.check_reversal,
    ),
    Route("GET", "/v1/transfers/*/reversals", transfers.list_reversals, TransferReversalListParams),
    Route("POST", "/v1/customers", customers.create_customer, CustomerCreateParams),
    Route("GET", "/v1/customers", customers.list_customers, CustomerListParams),
    Route("GET", "/v1/customers/*", customers.retrieve_customer, CustomerRetrieveParams),
    Route(
        "POST",
        "/v1/customers/*/balance_transactions",
        customers.create_balance_transaction,
        CustomerBalanceTransactionCreateParams,
        customers.check_balance_transaction,
    ),
    Route(
        "GET",
        "/v1/customers/*/balance_transactions",
        customers.list_balance_transactions,
        CustomerBalanceTransactionListParams,
    ),
    Route(
        "GET",
        "/v1/customers/*/balance_transactions/*",
        customers.retrieve_balance_transaction,
        CustomerBalanceTransactionRetrieveParams,
    ),
    Route("POST", "/v1/refunds", payments.create_refund, RefundCreateParams, payments.check_refund),
    Route("GET", "/v1/refunds", payments.list_refunds, RefundListParams),
    Route("GET", "/v1/refunds/*", payments.retrieve_refund, RefundRetrieveParams),
    Route("POST", "/v1/refunds/*", payments.update_refund, RefundUpdateParams),
    Route("GET", "/v1/charges/*", payments.retrieve_charge, ChargeRetrieveParams),
    Route("GET", "/v1/invoices/*", payments.retrieve_invoice, InvoiceRetrieveParams),
    Route("GET", "/v1/invoice_payments", payments.list_invoice_payments, InvoicePaymentListParams),
    Route("GET", "/v1/events", events.list_events, EventListParams, events.check_events),
    Route("GET", "/v1/events/*", events.retrieve_event, EventRetrieveParams),
)


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of an address and the ids in it. Raises Refusal when Stripe has none, or this fake does not."""
    for route in ROUTES:
        ids = route.match(method, path)
        if ids is not None:
            return route, ids
    raise unknown_url(method, path)
