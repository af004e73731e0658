"""Whom something is explained to, and how times and names are said."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import TextChoices

from referrals.models import Person

Json = dict[str, Any]
NOT_RECORDED = "not recorded"


class Audience(TextChoices):
    """Each is told what its own list allows: no view is made by leaving things out of another."""

    MEMBER = "member"  # one of the two people: nothing of the other but the first name, and nothing of suspicion
    SUPPORT = "support"  # whoever answers a customer: no addresses, devices and cards
    AUDITOR = "auditor"  # all that is stored


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def day(at: datetime) -> str:
    """2 July 2026, in UTC."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y}"


def pick(facts: Json, names: tuple[str, ...]) -> Json:
    """Those of some facts that are named."""
    return {name: facts[name] for name in names if name in facts}


def first_name(person: Person) -> str:
    """The first name alone: of one that holds more than that, such as an address or the last name, nothing."""
    name, last = person.first_name.strip(), person.last_name.strip()
    holds_more = "@" in name or any(char.isdigit() for char in name)
    holds_last = bool(last) and last.casefold() in name.casefold()
    return "" if holds_more or holds_last else name


def choose(audience: Audience, views: dict[Audience, Callable[..., Any]], *about: Any) -> Any:
    """One audience's view of something."""
    return views[audience](*about)
