"""What all of Webshare's endpoints share: the key, the person it is for, the shape of errors, pages."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from api.callers import caller_of
from api.metering import MeteredAPIView
from api.parsers import SmallJSONParser
from api.webshare.auth import SUBUSER, MayCall, TokenAuthentication, find_subject, require_person
from api.webshare.errors import answer_error
from referrals.models import Person

FOR = OpenApiParameter(
    SUBUSER, OpenApiTypes.INT64, OpenApiParameter.HEADER, description="The person to act for; a tenant's key may."
)


class WebshareView(MeteredAPIView):
    """`subject` is whose data the call is about: a person, or None for the whole tenant's."""

    authentication_classes = [TokenAuthentication]
    permission_classes = [MayCall]
    parser_classes = [SmallJSONParser]
    subject: Person | None = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.subject = self.find_subject(request)

    def find_subject(self, request: Request) -> Person | None:
        return find_subject(caller_of(request), request.headers.get(SUBUSER))

    @property
    def person(self) -> Person:
        """Raises PermissionDenied where the call is for nobody."""
        return require_person(self.subject)


class Pages(PageNumberPagination):
    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100
