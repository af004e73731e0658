"""The referral credit object (contracts/webshare.md, section 1), with Webshare's own formats."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.webshare.words import STATUSES_OF, WORD_FOR
from credits.models import Mode, Reward
from credits.models.money import to_major
from referrals.models import Code


class Timestamp(serializers.DateTimeField):
    """2026-06-01T12:00:00.000000+00:00: always six digits of a second, always a numeric offset."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="microseconds")


@extend_schema_field(OpenApiTypes.DOUBLE)
class Dollars(serializers.Field[int, Any, float, Any]):
    """Minor units as a JSON number of US dollars: 250 is 2.5."""

    def to_representation(self, value: int) -> float:
        return float(to_major(value, "USD"))


class StatusWord(serializers.ChoiceField):
    def to_representation(self, value: str) -> str:
        return WORD_FOR[value]


class CreditSerializer(serializers.Serializer[Reward]):
    id = serializers.IntegerField()
    user_id = serializers.IntegerField(source="referral.referred_id")
    mode = serializers.ChoiceField(Mode.choices)
    amount = Dollars()
    status = StatusWord(list(STATUSES_OF))
    referral_channel = serializers.SerializerMethodField()
    referral_channel_code = serializers.SerializerMethodField()
    created_at = Timestamp()
    updated_at = Timestamp()
    reverted_at = Timestamp(allow_null=True)

    def get_referral_channel(self, reward: Reward) -> int | None:
        channel = _channel_of(reward)
        return channel.pk if channel else None

    def get_referral_channel_code(self, reward: Reward) -> str | None:
        channel = _channel_of(reward)
        return channel.code if channel else None


def _channel_of(reward: Reward) -> Code | None:
    """A coupon code is a channel; a link is none."""
    code = reward.referral.code
    return code if code.kind == Code.Kind.COUPON else None
