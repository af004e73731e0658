"""Counting calls against the caller's plan. A call answered with a 2xx costs one credit, any other none."""

from typing import Any, NoReturn

from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.storable import UnstorableText, holds_nul
from tenants.errors import OverLimit
from tenants.models import ApiKey, Tenant
from tenants.services.limits import Admission, admit, refund


class MeteredAPIView(APIView):
    """A view, or the first base of a viewset, that counts calls made with a key.

    The credit is taken once the caller is known and before anything is asked of the database for them. Over a limit it
    raises Throttled, which the dialect's own handler turns into a 429; `Retry-After` is set whatever that handler does.
    """

    admission: Admission | None = None
    retry_after: int = 0

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuses what the database could not even be asked for, before it is asked who is calling."""
        if holds_nul(request):
            raise UnstorableText
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if isinstance(request.auth, ApiKey):
            self.admission = self._admit(request.auth.tenant)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.retry_after:
            response["Retry-After"] = str(self.retry_after)
        if not is_success(response):
            self._refund()
        return response

    def raise_uncaught_exception(self, exc: Exception) -> NoReturn:
        """A fault of ours, which will be a 500, never reaches finalize_response."""
        self._refund()
        super().raise_uncaught_exception(exc)

    def _admit(self, tenant: Tenant) -> Admission:
        try:
            return admit(tenant, at=timezone.now())
        except OverLimit as error:
            self.retry_after = error.retry_after
            raise Throttled(wait=error.retry_after, detail=str(error)) from error

    def _refund(self) -> None:
        if self.admission:
            refund(self.admission)
            self.admission = None


def is_success(response: HttpResponseBase) -> bool:
    return 200 <= response.status_code < 300  # noqa: PLR2004 (the bounds of HTTP itself)
