"""Crawlora's objects for the schema alone; `objects.py` writes them."""

from typing import Any

from rest_framework import serializers

from api.crawlora.base import enveloped
from api.crawlora.words import ROLES, STATUSES


def _text() -> serializers.CharField:
    return serializers.CharField(required=False)


def _time() -> serializers.DateTimeField:
    return serializers.DateTimeField(required=False)


class AdminAttribution(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = _text()
    click_id = _text()
    landing_path = _text()
    referrer_user_id = _text()
    referred_user_id = _text()
    status = serializers.ChoiceField(STATUSES)
    created_at = _time()
    expires_at = _time()
    qualified_at = _time()
    rewarded_at = _time()
    reviewed_at = _time()
    reviewed_by = _text()
    review_reason = _text()
    risk_flags = serializers.ListField(child=serializers.CharField(), required=False)
    skip_reason = _text()
    error = _text()
    first_paid_invoice_id = _text()
    stripe_invoice_id = _text()
    stripe_event_id = _text()
    utm_source = _text()
    utm_medium = _text()
    utm_campaign = _text()


class AdminReward(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    attribution_id = serializers.UUIDField()
    user_id = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    credits = serializers.IntegerField(required=False)
    stripe_invoice_id = _text()
    created_at = _time()
    credits_grant_key = serializers.CharField()
    credits_granted_at = _time()


class ReviewResponse(serializers.Serializer[Any]):
    attribution = AdminAttribution()
    rewards = AdminReward(many=True)


class ReferralList(serializers.Serializer[Any]):
    items = ReviewResponse(many=True)


class RecoverResponse(serializers.Serializer[Any]):
    attempted = serializers.IntegerField()
    recovered = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """A class body cannot have a field `errors`."""
        return {**super().get_fields(), "errors": serializers.ListField(child=serializers.CharField())}


class StatsResponse(serializers.Serializer[Any]):
    clicks = serializers.IntegerField()
    attributed = serializers.IntegerField()
    qualified = serializers.IntegerField()
    rewarded = serializers.IntegerField()
    capped = serializers.IntegerField()
    review_required = serializers.IntegerField()
    expired = serializers.IntegerField()
    rejected = serializers.IntegerField()
    failed = serializers.IntegerField()


class ClickResponse(serializers.Serializer[Any]):
    click_id = serializers.CharField()
    code = serializers.CharField()


class MemberStats(serializers.Serializer[Any]):
    attributed = serializers.IntegerField()
    qualified = serializers.IntegerField()
    review_required = serializers.IntegerField()
    rewarded = serializers.IntegerField()
    expired = serializers.IntegerField()
    capped = serializers.IntegerField()
    rejected = serializers.IntegerField()


class MemberAttribution(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    status = serializers.ChoiceField(STATUSES)
    campaign = _text()
    reward_credits = serializers.IntegerField(required=False)
    created_at = _time()
    expires_at = _time()
    qualified_at = _time()
    rewarded_at = _time()


class MemberSummary(serializers.Serializer[Any]):
    code = serializers.CharField()
    share_path = serializers.CharField()
    reward_credits = serializers.IntegerField()
    referred_reward_credits = serializers.IntegerField()
    attribution_window_days = serializers.IntegerField()
    monthly_referrer_reward_cap = serializers.IntegerField()
    stats = MemberStats()
    items = MemberAttribution(many=True)


class MemberEvents(serializers.Serializer[Any]):
    items = MemberAttribution(many=True)


ReferralListAnswer = enveloped("ReferralListAnswer", ReferralList())
ReviewAnswer = enveloped("ReviewAnswer", ReviewResponse())
RecoverAnswer = enveloped("RecoverAnswer", RecoverResponse())
StatsAnswer = enveloped("StatsAnswer", StatsResponse())
ClickAnswer = enveloped("ClickAnswer", ClickResponse())
MemberSummaryAnswer = enveloped("MemberSummaryAnswer", MemberSummary())
MemberEventsAnswer = enveloped("MemberEventsAnswer", MemberEvents())
