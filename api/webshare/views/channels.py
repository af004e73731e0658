"""Referral channels (contracts/webshare.md, section 2, row 5)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.callers import caller_of
from api.webshare.base import FOR, WebshareView
from api.webshare.errors import answers
from api.webshare.gather import gather_channels
from api.webshare.objects import ChannelSerializer, promo_of
from referrals.models import Code


class ChannelView(WebshareView):
    @extend_schema(
        operation_id="listReferralChannels",
        parameters=[FOR],
        responses=answers(ChannelSerializer(many=True), 401, 403, 404),
    )
    def get(self, request: Request) -> Response:
        """`GET /api/v2/referral/channel/`: contract section 2, row 5. A bare array, the oldest first."""
        gathered = gather_channels(caller_of(request).tenant, self.subject)
        return Response(ChannelSerializer([_show(**each) for each in gathered], many=True).data)


def _show(*, channel: Code, **figures: Any) -> dict[str, Any]:
    return {
        "id": channel.pk,
        "code": channel.code,
        "description": channel.description,
        **promo_of(channel),
        "is_active": channel.is_active,
        "is_recurring": channel.discount_recurs,
        "start_date": channel.starts_at or channel.created_at,
        "end_date": channel.ends_at,
        "created_at": channel.created_at,
        **figures,
    }
