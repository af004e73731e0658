"""Transfers to connected accounts and their reversals."""

from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.call import Call, new_id
from config.demo.stripe.errors import Refusal
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.changes import change, check_amount, check_currency, echo, merge_metadata
from config.demo.stripe.resources.lists import equal, list_objects

ECHOED = ("description", "source_transaction", "source_type", "transfer_group")


def check_transfer(params: dict[str, Any]) -> None:
    """What the SDK's types leave open."""
    if "amount" not in params:
        raise Refusal("Missing required param: amount.", code="parameter_missing", param="amount")
    check_amount(params["amount"])
    check_currency(params["currency"])


def create_transfer(call: Call) -> StripeObject:
    params = call.params
    amount, currency, destination = params["amount"], params["currency"], params["destination"]
    account = call.find("account", destination, noun="destination", param="destination", status=400)
    if account["capabilities"].get("transfers") != "active":
        words = "Your destination account needs to have at least one of the following capabilities enabled: transfers"
        raise Refusal(words, code="insufficient_capabilities_for_transfer")
    _require_balance(call, currency, amount, account="")
    _move(call, currency, amount, to=destination)
    transfer = objects.transfer(
        new_id("tr_1"),
        amount=amount,
        currency=currency,
        destination=destination,
        at=call.at,
        metadata=merge_metadata({}, params.get("metadata")),
        **{name: params[name] for name in ECHOED if name in params},
    )
    call.put(transfer)
    call.tell("transfer.created", transfer)
    return transfer


def retrieve_transfer(call: Call) -> StripeObject:
    return call.find("transfer", call.ids[0])


def list_transfers(call: Call) -> StripeObject:
    return list_objects(call, "transfer", *equal(call.params, "transfer_group", "destination"))


def update_transfer(call: Call) -> StripeObject:
    transfer = call.find("transfer", call.ids[0])
    previous = change(call, transfer, echo(call.params, transfer))
    if previous:
        call.tell("transfer.updated", transfer, previous=previous)
    return transfer


def check_reversal(params: dict[str, Any]) -> None:
    if "amount" in params:
        check_amount(params["amount"])


def create_reversal(call: Call) -> StripeObject:
    transfer = call.find("transfer", call.ids[0], param="transfer")
    rest = transfer["amount"] - transfer["amount_reversed"]
    amount = call.params.get("amount", rest)
    if rest == 0:
        raise Refusal(f"Transfer {transfer['id']} is already fully reversed.", code="transfer_already_reversed")
    if amount > rest:
        words = f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({rest})"
        raise Refusal(words, param="amount")
    _require_balance(call, transfer["currency"], amount, account=transfer["destination"])
    _move(call, transfer["currency"], -amount, to=transfer["destination"])
    reversal = objects.transfer_reversal(
        new_id("trr_1"),
        transfer=transfer["id"],
        amount=amount,
        currency=transfer["currency"],
        at=call.at,
        metadata=merge_metadata({}, call.params.get("metadata")),
        **({"description": call.params["description"]} if "description" in call.params else {}),
    )
    call.put(reversal)
    _note_reversal(call, transfer, reversal)
    return reversal


def list_reversals(call: Call) -> StripeObject:
    transfer = call.find("transfer", call.ids[0], param="transfer")
    return list_objects(call, "transfer_reversal", ("$.transfer", transfer["id"]))


def _note_reversal(call: Call, transfer: StripeObject, reversal: StripeObject) -> None:
    amount = transfer["amount_reversed"] + reversal["amount"]
    reversals = transfer["reversals"] | {"data": [reversal, *transfer["reversals"]["data"]]}
    changes = {"amount_reversed": amount, "reversed": amount == transfer["amount"], "reversals": reversals}
    previous = change(call, transfer, changes)
    call.tell("transfer.reversed", transfer, previous=previous)


def _require_balance(call: Call, currency: str, amount: int, *, account: str) -> None:
    has = call.store.balance(currency, account=account)
    if has is not None and has < amount:
        whose = "The connected account has" if account else "You have"
        raise Refusal(f"{whose} insufficient available funds in {currency} for this.", code="balance_insufficient")


def _move(call: Call, currency: str, amount: int, *, to: str) -> None:
    call.store.move(currency, -amount)
    call.store.move(currency, amount, account=to)
