"""Customers and their credit balances. A balance below zero is credit, which pays their next invoices."""

from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.call import Call, new_id
from config.demo.stripe.errors import missing
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.changes import change, check_currency, echo, merge_metadata
from config.demo.stripe.resources.lists import equal, list_objects


def create_customer(call: Call) -> StripeObject:
    customer = objects.customer(new_id("cus_", 14), at=call.at, invoice_credit_balance={})
    call.put(customer | echo(call.params, customer))
    customer = call.find("customer", customer["id"])
    call.tell("customer.created", customer)
    return customer


def retrieve_customer(call: Call) -> StripeObject:
    return call.find("customer", call.ids[0])


def list_customers(call: Call) -> StripeObject:
    return list_objects(call, "customer", *equal(call.params, "email", "test_clock"))


def check_balance_transaction(params: dict[str, Any]) -> None:
    check_currency(params["currency"])


def create_balance_transaction(call: Call) -> StripeObject:
    customer = call.find("customer", call.ids[0], param="customer")
    params = call.params
    return move_balance(
        call,
        customer,
        amount=params["amount"],
        currency=params["currency"],
        description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
    )


def move_balance(call: Call, customer: StripeObject, *, amount: int, currency: str, **fields: Any) -> StripeObject:
    """Change what a customer has in a currency. Their `balance` shows that of their own, the first they used."""
    balances = customer.get("invoice_credit_balance") or {}
    ending = balances.get(currency, 0) + amount
    own = customer["currency"] or currency
    changes = {"invoice_credit_balance": balances | {currency: ending}, "currency": own}
    if own == currency:
        changes["balance"] = ending
    transaction = objects.balance_transaction(
        new_id("cbtxn_1"),
        customer=customer["id"],
        amount=amount,
        currency=currency,
        ending_balance=ending,
        at=call.at,
        **fields,
    )
    call.put(transaction)
    previous = change(call, customer, changes)
    previous.pop("invoice_credit_balance", None)
    if previous:
        call.tell("customer.updated", customer, previous=previous)
    return transaction


def retrieve_balance_transaction(call: Call) -> StripeObject:
    customer, key = call.ids
    call.find("customer", customer, param="customer")
    transaction = call.find("customer_balance_transaction", key, noun="customer balance transaction")
    if transaction["customer"] != customer:
        raise missing("customer balance transaction", key)
    return transaction


def list_balance_transactions(call: Call) -> StripeObject:
    customer = call.find("customer", call.ids[0], param="customer")
    filters = equal(call.params, "invoice")
    return list_objects(call, "customer_balance_transaction", ("$.customer", customer["id"]), *filters)
