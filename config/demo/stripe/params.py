"""Parameters, checked against the SDK's own parameter types and turned into what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

from config.demo.stripe.errors import Refusal
from config.demo.stripe.forms import Form

HINTS_OF_THE_SDK = {"StripeContext": object, "Mapping": Mapping}  # imported there for type checkers only
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500
MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Kind:
    """What a parameter may be: the members of its type, taken apart."""

    literals: tuple[str, ...]
    plain: frozenset[Any]  # of str, int, float, bool
    objects: tuple[Any, ...]
    items: tuple[Any, ...]  # of a list
    is_map: bool


def check_params(form: Form, wanted: Any, *, inside: str = "") -> dict[str, Any]:
    """The parameters of a form in the types that `wanted`, one of the SDK's TypedDicts, gives them.

    Raises Refusal for an unknown name, a missing one and a value of another kind.
    """
    hints = hints_of(wanted)
    for name in form:
        if name not in hints:
            param = _name(inside, name)
            raise Refusal(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
    for name in sorted(wanted.__required_keys__ & hints.keys()):
        if form.get(name, "") == "":
            param = _name(inside, name)
            raise Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)
    return {name: _check(value, _kind(hints[name]), _name(inside, name)) for name, value in form.items()}


@cache
def hints_of(wanted: Any) -> dict[str, Any]:
    hints = get_type_hints(wanted, localns=HINTS_OF_THE_SDK)
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


def _check(value: Any, kind: Kind, param: str) -> Any:
    if isinstance(value, str):
        return _check_text(value, kind, param)
    if kind.items:
        return _check_list(value, kind, param)
    if kind.objects:
        return _check_object(value, kind, param)
    if kind.is_map:
        return _check_map(value, param)
    expected = "integer" if int in kind.plain else "string"
    raise Refusal(f"Invalid {expected}: {{...}}", param=param, code=_code(expected))


def _check_text(text: str, kind: Kind, param: str) -> Any:
    if text in kind.literals:
        return text
    for plain, read in (("boolean", _as_bool), ("integer", _as_integer), ("number", _as_number)):
        if plain in _names(kind) and (read_value := read(text)) is not None:
            return read_value
    if str in kind.plain and not [literal for literal in kind.literals if literal]:
        return text
    raise _refuse_text(text, kind, param)


def _refuse_text(text: str, kind: Kind, param: str) -> Refusal:
    if kind.literals and not kind.plain - {str} and not (kind.is_map or kind.objects):
        return Refusal(f"Invalid {param}: must be one of {', '.join(kind.literals)}", param=param)
    if kind.items and not kind.plain:
        return Refusal("Invalid array", param=param)
    if (kind.objects or kind.is_map) and not kind.plain:
        return Refusal("Invalid object", param=param)
    expected = (_names(kind) or ["string"])[-1]
    return Refusal(f"Invalid {expected}: {text}", param=param, code=_code(expected))


def _check_list(value: Form, kind: Kind, param: str) -> list[Any]:
    if not all(name.isdigit() for name in value):
        raise Refusal("Invalid array", param=param)
    return [_check(item, _kind(kind.items[0]), f"{param}[{name}]") for name, item in value.items()]


def _check_object(value: Form, kind: Kind, param: str) -> dict[str, Any]:
    """As the first of the possible objects that fits; as Stripe's refusal by the last if none does."""
    for wanted in kind.objects[:-1]:
        try:
            return check_params(value, wanted, inside=param)
        except Refusal:
            continue
    return check_params(value, kind.objects[-1], inside=param)


def _check_map(value: Form, param: str) -> dict[str, str]:
    for name, text in value.items():
        if not isinstance(text, str):
            raise Refusal("Metadata values must be strings", param=f"{param}[{name}]")
        if len(name) > METADATA_KEY_LENGTH or len(text) > METADATA_VALUE_LENGTH:
            limits = f"keys up to {METADATA_KEY_LENGTH} characters long and values up to {METADATA_VALUE_LENGTH}"
            raise Refusal(f"Metadata can have {limits} characters.", param=f"{param}[{name}]")
    if len(value) > METADATA_KEYS:
        raise Refusal(f"Metadata can have up to {METADATA_KEYS} keys", param=param)
    return dict(value)


@cache
def _kind(hint: Any) -> Kind:
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    origins = [(member, get_origin(member)) for member in members]
    return Kind(
        literals=tuple(text for member, origin in origins if origin is Literal for text in get_args(member)),
        plain=frozenset({str, int, float, bool} & set(members)),
        objects=tuple(member for member in members if is_typeddict(member)),
        items=tuple(item for member, origin in origins if origin is list for item in get_args(member)),
        is_map=any(origin is dict for _, origin in origins),
    )


def _names(kind: Kind) -> list[str]:
    return [name for name, plain in (("boolean", bool), ("integer", int), ("number", float)) if plain in kind.plain]


def _as_bool(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def _as_integer(text: str) -> int | None:
    is_integer = text.isascii() and text.removeprefix("-").isdigit() and len(text) <= len(str(-MAX_INTEGER))
    return int(text) if is_integer and abs(int(text)) <= MAX_INTEGER else None


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _code(expected: str) -> str:
    return "parameter_invalid_integer" if expected == "integer" else ""


def _name(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name
