"""Earn-outs (contracts/webshare.md, section 2, rows 9 and 10)."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView

from api.callers import caller_of
from api.webshare.base import FOR, Pages, WebshareView
from api.webshare.errors import answers
from api.webshare.objects import EarnOutSerializer
from payouts.models import Payout


class EarnOutView(WebshareView, GenericAPIView[Payout]):
    """Payouts in US dollars of a person, or of the whole tenant."""

    serializer_class = EarnOutSerializer
    queryset = Payout.objects.none()  # for the schema: `get_queryset` needs a caller

    def get_queryset(self) -> QuerySet[Payout]:
        payouts = Payout.objects.for_tenant(caller_of(self.request).tenant).filter(currency="USD")
        payouts = payouts.filter(person=self.subject) if self.subject else payouts
        return payouts.select_related("method").order_by("-pk")


@extend_schema_view(
    get=extend_schema(
        operation_id="listReferralEarnOuts",
        parameters=[FOR],
        responses=answers(EarnOutSerializer(many=True), 401, 403, 404),
    )
)
class EarnOutListView(EarnOutView, ListAPIView[Payout]):
    """`GET /api/v2/referral/earnout/`: contract section 2, row 9. The newest first."""

    pagination_class = Pages


@extend_schema_view(get=extend_schema(operation_id="listReferralEarnOutsWithoutSlash"))
class EarnOutListWithoutSlashView(EarnOutListView):
    """`GET /api/v2/referral/earnout`: the same, as Webshare's manual spells it."""


@extend_schema_view(
    get=extend_schema(
        operation_id="getReferralEarnOut", parameters=[FOR], responses=answers(EarnOutSerializer, 401, 403, 404)
    )
)
class EarnOutDetailView(EarnOutView, RetrieveAPIView[Payout]):
    """`GET /api/v2/referral/earnout/{id}/`: contract section 2, row 10. Another caller's id answers 404."""
