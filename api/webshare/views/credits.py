"""Referral credits (contracts/webshare.md, section 2, rows 3 and 4)."""

from django_filters.rest_framework.backends import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView

from api.callers import caller_of
from api.webshare.base import FOR, WebshareView
from api.webshare.errors import answers
from api.webshare.filters import CreditFilter, CreditOrdering, Credits
from api.webshare.gather import credits_of
from api.webshare.objects import CreditSerializer
from api.webshare.pages import CreditPages
from credits.models import Reward


class CreditView(WebshareView, GenericAPIView[Reward]):
    """Credits of a person, or of the whole tenant."""

    serializer_class = CreditSerializer
    queryset = Reward.objects.none()  # for the schema: `get_queryset` needs a caller

    def get_queryset(self) -> Credits:
        return credits_of(caller_of(self.request).tenant, self.subject).select_related("referral__code")


@extend_schema_view(
    get=extend_schema(
        operation_id="listReferralCredits",
        parameters=[FOR],
        responses=answers(CreditSerializer(many=True), 400, 401, 403, 404),
    )
)
class CreditListView(CreditView, ListAPIView[Reward]):
    """`GET /api/v2/referral/credit/`: contract section 2, row 3, with the rules of section 2.3."""

    pagination_class = CreditPages
    filter_backends = [DjangoFilterBackend, CreditOrdering]
    filterset_class = CreditFilter
    ordering_fields = ["id", "mode", "amount", "status", "created_at", "updated_at", "reverted_at"]
    ordering = ["-id"]


@extend_schema_view(
    get=extend_schema(
        operation_id="getReferralCredit", parameters=[FOR], responses=answers(CreditSerializer, 401, 403, 404)
    )
)
class CreditDetailView(CreditView, RetrieveAPIView[Reward]):
    """`GET /api/v2/referral/credit/{id}/`: contract section 2, row 4. Another caller's id answers 404."""
