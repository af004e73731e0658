"""The history that the database keeps of a row: what was changed, when, and by whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

MOST = 200
Show = Callable[[str, Any], str]


@dataclass(frozen=True)
class Change:
    at: datetime
    by: str
    what: list[tuple[str, str, str]]  # the field, before, after; no `before` for the first


def show_changes(row: Any, fields: list[str], show: Show) -> SafeString:
    """A table of a row's last changes, newest first. `show` gives a field's value in words."""
    context = {"changes": read_changes(row, fields, show)}
    return render_to_string("payouts/includes/changes.html", context)


def read_changes(row: Any, fields: list[str], show: Show) -> list[Change]:
    stored = list(row.history.select_related("pgh_context").order_by("-pgh_id")[: MOST + 1])
    names = _names(stored)
    told = [
        Change(after.pgh_created_at, names.get(_user_of(after), "Vouch"), _differences(before, after, fields, show))
        for after, before in zip(stored, [*stored[1:], None], strict=True)
    ]
    return [change for change in told[:MOST] if change.what]


def _differences(before: Any, after: Any, fields: list[str], show: Show) -> list[tuple[str, str, str]]:
    if before is None:
        return [(_label(name), "", show(name, getattr(after, name))) for name in fields if getattr(after, name)]
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in fields]
    return [(_label(name), show(name, old), show(name, new)) for name, old, new in pairs if old != new]


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _user_of(stored: Any) -> int | None:
    metadata = stored.pgh_context.metadata if stored.pgh_context else {}
    return metadata.get("user")


def _names(stored: list[Any]) -> dict[int | None, str]:
    users = {user for each in stored if (user := _user_of(each)) is not None}
    return dict(User.objects.filter(pk__in=users).values_list("pk", "username")) if users else {}
