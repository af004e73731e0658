"""`expand`: objects in place of their ids, and fields that are shown only to who asks."""

from typing import Any

from config.demo.stripe.call import INCLUDABLE, shown
from config.demo.stripe.errors import Refusal
from config.demo.stripe.objects import StripeObject
from config.demo.stripe.store import Store


def show(thing: StripeObject, paths: list[str], store: Store) -> StripeObject:
    """An answer as it is sent: a list or an object, with what was asked for expanded. Raises Refusal for nonsense."""
    if thing.get("object") == "list":
        inner = [path.removeprefix("data.") for path in paths if path.startswith("data.")]
        _refuse([path for path in paths if not path.startswith("data.")])
        return thing | {"data": [show(each, inner, store) for each in thing["data"]]}
    answer = shown(thing)
    for path in paths:
        name, _, rest = path.partition(".")
        answer[name] = _expand(thing, name, [rest] if rest else [], store)
    return answer


def _expand(thing: StripeObject, name: str, rest: list[str], store: Store) -> Any:
    value = thing.get(name)
    if name in INCLUDABLE.get(thing["object"], ()):
        return value
    if isinstance(value, dict) and value.get("object") == "list":
        return show(value, rest, store)
    if isinstance(value, dict) and rest:
        head, _, tail = rest[0].partition(".")
        return value | {head: _expand({"object": ""} | value, head, [tail] if tail else [], store)}
    if name not in thing or not (value is None or isinstance(value, str)):
        _refuse([name])
    found = store.run("SELECT kind FROM object WHERE id = ?", value) if value else []
    return show(store.get(found[0][0], str(value)) or {}, rest, store) if found else value


def _refuse(paths: list[str]) -> None:
    if paths:
        raise Refusal(f"This property cannot be expanded ({paths[0]}).", param="expand")
