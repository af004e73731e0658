"""Lists as Stripe gives them: newest first, up to 100, with cursors."""

from typing import Any

from config.demo.stripe.call import Call
from config.demo.stripe.errors import Refusal, missing
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.store import Condition

DEFAULT, MOST = 10, 100
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def list_objects(call: Call, kind: str, *conditions: Condition) -> StripeObject:
    """A page of a kind's objects that meet the conditions and the `created` of the parameters."""
    params, limit = call.params, _limit(call.params)
    after, before = params.get("starting_after", ""), params.get("ending_before", "")
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor and call.store.get(kind, cursor) is None:
            raise missing(kind, cursor, param=name, status=400)
    wanted = [*conditions, *_created(params.get("created"))]
    found = call.store.select(kind, *wanted, limit=limit + 1, after=after, before=before)
    has_more = len(found) > limit
    page = (found[1:] if before and not after else found[:-1]) if has_more else found
    return {"object": "list", "url": call.path, "has_more": has_more, "data": page}


def equal(params: dict[str, Any], *names: str) -> list[Condition]:
    """The conditions of parameters that are named like the field they filter by."""
    return [(f"$.{name}", params[name]) for name in names if name in params]


def _limit(params: dict[str, Any]) -> int:
    limit = int(params.get("limit", DEFAULT))
    if not 1 <= limit <= MOST:
        bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {MOST}"
        words = f"This value must be {bound}."
        raise Refusal(words, code="parameter_invalid_integer", param="limit")
    return limit


def _created(created: Any) -> list[Condition]:
    if isinstance(created, int):
        return [("created =", created)]
    return [(f"created {COMPARISONS[name]}", value) for name, value in (created or {}).items()]
