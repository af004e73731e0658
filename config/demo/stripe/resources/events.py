"""The list of what happened."""

from typing import Any

from config.demo.stripe.call import Call
from config.demo.stripe.errors import Refusal
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.resources.lists import list_objects
from config.demo.stripe.store import Condition

MOST_TYPES = 20


def check_events(params: dict[str, Any]) -> None:
    if "type" in params and "types" in params:
        raise Refusal("You may pass either type or types, but not both.", param="types")
    if len(params.get("types", ())) > MOST_TYPES:
        raise Refusal(f"You may pass up to {MOST_TYPES} types.", param="types")


def retrieve_event(call: Call) -> StripeObject:
    return call.find("event", call.ids[0])


def list_events(call: Call) -> StripeObject:
    delivered = [("delivered", call.params["delivery_success"])] if "delivery_success" in call.params else []
    return list_objects(call, "event", *_of_type(call.params), *delivered)


def _of_type(params: dict[str, Any]) -> list[Condition]:
    """Names, or groups of them with * as a wildcard."""
    kinds = params.get("types") or ([params["type"]] if "type" in params else [])
    return [("$.type like", kinds)] if kinds else []
