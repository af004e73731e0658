"""Which attributions, and which page of them (contracts/attribution-service.md, sections 0 and 2)."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.request import Request

from api.attribution_service.access import Reader
from api.attribution_service.errors import InvalidParameters
from api.attribution_service.words import STATUS_OF_TYPE, STATUSES, TYPES
from referrals.models import Code
from referrals.services.identities import codes_of_people, people_called
from referrals.services.referrals import find_code
from referrals.services.touch_counts import Touches, count_touches
from referrals.services.touch_pages import page_of_touches


class PageQuery(serializers.Serializer[Any]):
    page = serializers.IntegerField(default=1, min_value=1, max_value=10**12)
    limit = serializers.IntegerField(default=20, min_value=1, max_value=100)


class Instant(serializers.DateTimeField):
    """ISO 8601. A plus sign that was not escaped has come here as a space."""

    def to_internal_value(self, value: Any) -> datetime:
        return super().to_internal_value(value.replace(" ", "+") if "T" in value else value)


class ListQuery(PageQuery):
    code = serializers.CharField(required=False, allow_blank=True, max_length=64)
    mentor_id = serializers.CharField(required=False, allow_blank=True, max_length=255)
    type = serializers.ChoiceField(TYPES, required=False, allow_blank=True)
    status = serializers.ChoiceField(STATUSES, required=False, allow_blank=True)
    occurred_from = Instant(required=False, help_text="From this instant on.")
    occurred_to = Instant(required=False, help_text="Before this instant.")


def read_query(request: Request, query: type[PageQuery]) -> dict[str, Any]:
    """The parameters that were sent, and defaults for the rest. Raises InvalidParameters naming each at fault."""
    read = query(data=request.query_params.dict())
    if not read.is_valid():
        raise InvalidParameters(read.errors)
    asked: dict[str, Any] = read.validated_data
    return asked


def select(reader: Reader, asked: dict[str, Any]) -> Touches | None:
    """The touches that a caller asks for and may see; None where there can be none."""
    statuses = {STATUS_OF_TYPE.get(asked.get("type", ""), ""), asked.get("status", "")} - {""}
    if len(statuses) > 1:
        return None
    codes = _codes(reader, asked)
    if codes is not None and not codes:
        return None
    return Touches(
        reader.tenant.pk,
        codes,
        status=statuses.pop() if statuses else "",
        since=asked.get("occurred_from"),
        until=asked.get("occurred_to"),
    )


def select_mentors(reader: Reader, mentor_id: str) -> Touches | None:
    """The touches of a mentor's codes; None for a mentor who is unknown or not for this caller to see."""
    return select(reader, {"mentor_id": mentor_id})


def show_page(touches: Touches | None, asked: dict[str, Any], show: Any) -> dict[str, Any]:
    """A page of touches in this dialect's envelope."""
    page, limit = asked["page"], asked["limit"]
    total = count_touches(touches) if touches else 0
    offset = (page - 1) * limit
    rows = page_of_touches(touches, offset=offset, limit=limit) if touches and offset < total else []
    return {"data": [show(touch) for touch in rows], "pagination": {"page": page, "limit": limit, "total": total}}


def _codes(reader: Reader, asked: dict[str, Any]) -> tuple[int, ...] | None:
    """The codes that all parameters leave, or None where none of them narrows it to codes."""
    allowed: list[set[int]] = []
    if asked.get("mentor_id"):
        allowed.append(set(codes_of_people(people_called(reader.tenant, asked["mentor_id"]))))
    if asked.get("code"):
        code = find_code(reader.tenant, asked["code"])
        allowed.append({code.pk} if code else set())
    if reader.person:
        own = Code.objects.filter(Q(member__person=reader.person)).values_list("pk", flat=True)
        allowed.append(set(own))
    return tuple(sorted(set.intersection(*allowed))) if allowed else None
