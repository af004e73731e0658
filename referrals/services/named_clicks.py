"""Clicks that the client recording them gave an id of its own: the same id is the same click, whenever it is told."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from referrals.models import Attribution, Code
from referrals.services.attributions import record_click
from tenants.models import Tenant

PREFIX = "click:"  # apart from the visitors that our own links know
LONGEST = 64 - len(PREFIX)


def visitor_named(name: str) -> str:
    """How a touch remembers the id that a client gave it."""
    return f"{PREFIX}{name}"


def name_of(visitor: str) -> str:
    """The id that a client gave a touch, if one did."""
    return visitor.removeprefix(PREFIX) if visitor.startswith(PREFIX) else ""


@transaction.atomic
def record_named_click(
    code: str, *, name: str, at: datetime, tenant: Tenant | None = None, host: str = "", **touch: Any
) -> tuple[int, str]:
    """Record a click under a name, or find the one of that name on that code; give its id and how the code is spelt.

    Takes what `record_click` takes, and raises what it raises.
    """
    with connection.cursor() as cursor:  # one at a time of each name
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 0))", [visitor_named(name)])
    found = _find(code, name, tenant, host)
    if found:
        return found.pk, found.code.code
    click = record_click(code, visitor=visitor_named(name), at=at, tenant=tenant, host=host, **touch)
    return click.id, click.code


def _find(code: str, name: str, tenant: Tenant | None, host: str) -> Attribution | None:
    """Where it is not plain whose code is meant there is none; recording one then says why."""
    owner = tenant or Tenant.objects.filter(domains__host=host).first()
    codes = list(Code.objects.spelt(code).filter(tenant=owner) if owner else Code.objects.spelt(code))
    if len(codes) != 1:
        return None
    touches = Attribution.objects.filter(code=codes[0], visitor=visitor_named(name), deleted_at__isnull=True)
    return touches.select_related("code").order_by("pk").first()
