"""Connected accounts. Capabilities that are asked for are active at once: nobody here goes through onboarding."""

from typing import Any

from config.demo.stripe import objects
from config.demo.stripe.call import Call, new_id
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.changes import change, echo


def create_account(call: Call) -> StripeObject:
    params = call.params
    account = objects.account(new_id("acct_1", 15), at=call.at, type=params.get("type", "standard"), transfers="")
    changes = _changes(params, account)
    return call.put(account | changes)


def retrieve_account(call: Call) -> StripeObject:
    return call.find("account", call.ids[0])


def update_account(call: Call) -> StripeObject:
    account = call.find("account", call.ids[0])
    previous = change(call, account, _changes(call.params, account))
    if previous:
        call.tell("account.updated", account, previous=previous, account=account["id"])
    return account


def _changes(params: dict[str, Any], account: StripeObject) -> StripeObject:
    asked = params.get("capabilities", {})
    changes = echo({name: value for name, value in params.items() if name not in {"capabilities", "type"}}, account)
    active = {name: "active" if wish.get("requested") else "inactive" for name, wish in asked.items()}
    return changes | {"capabilities": account["capabilities"] | active}
