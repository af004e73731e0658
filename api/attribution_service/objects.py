"""What a caller is shown (contracts/attribution-service.md, section 1), in the field order of the original."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from api.attribution_service.access import Reader
from api.attribution_service.words import STATUSES, TYPE_OF, TYPES
from referrals.models import Attribution
from referrals.services.attributions import Click
from referrals.services.touch_counts import Totals


class MentorAttributionObject(serializers.Serializer[Any]):
    """As all of these, for the schema alone: the functions below write them."""

    id = serializers.RegexField(r"^attr_[0-9a-f]+$")
    code = serializers.CharField()
    mentor_id = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    status = serializers.ChoiceField(STATUSES)
    new_member_id = serializers.CharField(allow_null=True)
    occurred_at = serializers.DateTimeField()


class AttributionObject(serializers.Serializer[Any]):
    id = serializers.RegexField(r"^attr_[0-9a-f]+$")
    code = serializers.CharField()
    mentor_id = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    status = serializers.ChoiceField(STATUSES)
    new_member_id = serializers.CharField(allow_null=True)
    ip_address = serializers.IPAddressField(allow_null=True)
    user_agent = serializers.CharField()
    referrer_url = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class ConfirmationObject(serializers.Serializer[Any]):
    id = serializers.RegexField(r"^attr_[0-9a-f]+$")
    code = serializers.CharField()
    mentor_id = serializers.CharField()
    type = serializers.ChoiceField(TYPES)
    status = serializers.ChoiceField(STATUSES)
    new_member_id = serializers.CharField()
    confirmed_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class DeletionObject(serializers.Serializer[Any]):
    id = serializers.RegexField(r"^attr_[0-9a-f]+$")
    deleted = serializers.BooleanField()
    deleted_at = serializers.DateTimeField()


class TotalObject(serializers.Serializer[Any]):
    mentor_id = serializers.CharField()
    total_clicks = serializers.IntegerField()
    total_conversions = serializers.IntegerField()
    conversion_rate = serializers.FloatField()
    period = serializers.ChoiceField(["all_time"])


class PaginationObject(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()


def _page_of(name: str, item: serializers.Serializer[Any]) -> serializers.Serializer[Any]:
    """A class of its own cannot have a field `data`."""
    return inline_serializer(name, {"data": item, "pagination": PaginationObject()})


AttributionPage = _page_of("AttributionPage", AttributionObject(many=True))
MentorAttributionPage = _page_of("MentorAttributionPage", MentorAttributionObject(many=True))


def show_click(click: Click) -> dict[str, Any]:
    """Whom the click brought in is not shown: whoever records one need not know."""
    return {
        "id": click.public_id,
        "code": click.code,
        "mentor_id": click.person_external_id or str(click.person_uid),
        "type": TYPE_OF[click.status],
        "status": click.status,
        "new_member_id": None,
        "ip_address": click.ip_address,
        "user_agent": click.user_agent,
        "referrer_url": click.referrer_url,
        "occurred_at": show_time(click.occurred_at),
        "created_at": show_time(click.recorded_at),
    }


def show_attribution(touch: Attribution, reader: Reader) -> dict[str, Any]:
    """Where a visitor was and with what is for the tenant alone."""
    return {
        **_show_outcome(touch, reader),
        "ip_address": touch.ip_address if reader.is_trusted else None,
        "user_agent": touch.user_agent if reader.is_trusted else "",
        "referrer_url": touch.referrer_url,
        "occurred_at": show_time(touch.occurred_at),
        "created_at": show_time(touch.recorded_at),
    }


def show_to_mentor(touch: Attribution, reader: Reader) -> dict[str, Any]:
    return {**_show_outcome(touch, reader), "occurred_at": show_time(touch.occurred_at)}


def show_confirmation(touch: Attribution, reader: Reader) -> dict[str, Any]:
    assert touch.confirmed_at is not None
    return {
        **_show_outcome(touch, reader),
        "confirmed_at": show_time(touch.confirmed_at),
        "created_at": show_time(touch.recorded_at),
    }


def show_deletion(touch: Attribution) -> dict[str, Any]:
    assert touch.deleted_at is not None
    return {"id": touch.public_id, "deleted": True, "deleted_at": show_time(touch.deleted_at)}


def show_totals(mentor_id: str, totals: Totals) -> dict[str, Any]:
    """The rate is one of three decimals, and zero where nobody has clicked."""
    rate = Decimal(totals.conversions) / totals.clicks if totals.clicks else Decimal(0)
    return {
        "mentor_id": mentor_id,
        "total_clicks": totals.clicks,
        "total_conversions": totals.conversions,
        "conversion_rate": float(rate.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)),
        "period": "all_time",
    }


def _show_outcome(touch: Attribution, reader: Reader) -> dict[str, Any]:
    """Mentors learn that somebody joined, not who: a key of their own does not tell."""
    knows = touch.new_member and reader.person is None
    return {
        "id": touch.public_id,
        "code": touch.code.code,
        "mentor_id": touch.member.person.public_id,
        "type": TYPE_OF[touch.status],
        "status": touch.status,
        "new_member_id": touch.new_member.public_id if knows and touch.new_member else None,
    }


def show_time(instant: datetime) -> str:
    """2026-03-20T14:22:00Z: UTC, in whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
