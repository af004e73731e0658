"""What a caller is shown (contracts/attribution-service.md, section 1), in the field order of the original."""

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from referrals.models import Attribution
from referrals.services.attributions import Click


class AttributionObject(serializers.Serializer[Any]):
    """For the schema alone: `show_click` writes it."""

    id = serializers.RegexField(r"^attr_[0-9a-f]+$")
    code = serializers.CharField()
    mentor_id = serializers.CharField()
    type = serializers.ChoiceField(["click", "conversion"])
    status = serializers.ChoiceField(["pending", "confirmed"])
    new_member_id = serializers.CharField(allow_null=True)
    ip_address = serializers.IPAddressField(allow_null=True)
    user_agent = serializers.CharField()
    referrer_url = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


def show_click(click: Click) -> dict[str, Any]:
    """Whom the click brought in is not shown: whoever records one need not know."""
    return {
        "id": click.public_id,
        "code": click.code,
        "mentor_id": click.person_external_id or str(click.person_uid),
        "type": "click" if click.status == Attribution.Status.PENDING else "conversion",
        "status": click.status,
        "new_member_id": None,
        "ip_address": click.ip_address,
        "user_agent": click.user_agent,
        "referrer_url": click.referrer_url,
        "occurred_at": show_time(click.occurred_at),
        "created_at": show_time(click.recorded_at),
    }


def show_time(instant: datetime) -> str:
    """2026-03-20T14:22:00Z: UTC, in whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
