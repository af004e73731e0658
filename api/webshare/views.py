"""Webshare's referral API (contracts/webshare.md). Its amounts are US dollars and name no currency: rewards in any
other currency are not credits here.
"""

from collections.abc import Callable
from typing import Any

from django_filters.rest_framework.backends import DjangoFilterBackend
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from api.authentication import KeyAuthentication
from api.callers import caller_of
from api.metering import MeteredAPIView
from api.permissions import scopes
from api.webshare.errors import answer_error
from api.webshare.filters import CreditFilter, CreditOrdering, Credits
from api.webshare.objects import CreditSerializer
from credits.models import Reward


class TokenAuthentication(KeyAuthentication):
    challenge = "Token"
    refusal = "Invalid token."


class Pages(PageNumberPagination):
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100


class CreditView(MeteredAPIView, GenericAPIView[Reward]):
    """Credits of the caller: of the person a key is bound to, else of the whole tenant."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [scopes("read")]
    serializer_class = CreditSerializer
    queryset = Reward.objects.none()  # for the schema: `get_queryset` needs a caller

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def get_queryset(self) -> Credits:
        caller = caller_of(self.request)
        rewards = Reward.objects.for_tenant(caller.tenant).filter(currency="USD").select_related("referral__code")
        return rewards.filter(person=caller.person) if caller.person else rewards


@extend_schema_view(get=extend_schema(operation_id="listReferralCredits"))
class CreditListView(CreditView, ListAPIView[Reward]):
    """`GET /api/v2/referral/credit/`: contract section 2, row 3, with the rules of section 2.3."""

    pagination_class = Pages
    filter_backends = [DjangoFilterBackend, CreditOrdering]
    filterset_class = CreditFilter
    ordering_fields = ["id", "mode", "amount", "status", "created_at", "updated_at", "reverted_at"]
    ordering = ["-id"]


@extend_schema_view(get=extend_schema(operation_id="getReferralCredit"))
class CreditDetailView(CreditView, RetrieveAPIView[Reward]):
    """`GET /api/v2/referral/credit/{id}/`: contract section 2, row 4. Another caller's id answers 404."""
