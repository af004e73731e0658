"""Form encoding as Stripe's SDK writes it: `metadata[payout]=7&types[0]=a&expand[]=b` becomes dicts and lists."""

from typing import Any
from urllib.parse import parse_qsl

Form = dict[str, Any]


def parse_form(text: str) -> Form:
    """Nested dicts of strings. What may be a list has keys 0, 1, 2, ..., for the parameters' types to tell."""
    form: Form = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _put(form, name.replace("]", "").split("["), value)
    return form


def _put(form: Form, names: list[str], value: str) -> None:
    *outer, last = names
    for name in outer:
        inner = form.setdefault(name or str(len(form)), {})
        if not isinstance(inner, dict):  # a=1&a[b]=2: the later one wins
            inner = form[name] = {}
        form = inner
    form[last or str(len(form))] = value
