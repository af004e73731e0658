"""What all views here share: whose path it is, who may call, how it refuses."""

from collections.abc import Callable, Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import Caller
from api.metering import MeteredAPIView
from api.parsers import SmallJSONParser
from api.saasquatch.auth import BasicAuthentication, UserCaller, UserTokenAuthentication, find_tenant
from api.saasquatch.errors import NotThere, OpenEndpointsOff, TenantNotFound, answer_error
from api.throttles import limit_keyless
from referrals.models import Person
from referrals.services.registration import find_in_account
from tenants.models import Tenant


class AlwaysJSON(BaseContentNegotiation):
    """Every answer is JSON, whatever a client says it accepts."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class SaasquatchView(MeteredAPIView):
    """`/api/v1/{tenant_alias}/...`: the key must be of the tenant in the path, any other is told there is none."""

    authentication_classes = [BasicAuthentication]
    content_negotiation_class = AlwaysJSON
    parser_classes = [SmallJSONParser]
    tenant: Tenant

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        caller: object = request.user
        alias = self.kwargs["tenant_alias"]
        self.tenant = caller.tenant if isinstance(caller, Caller | UserCaller) else find_tenant(alias)
        if self.tenant.alias != alias:
            raise TenantNotFound

    @property
    def actor(self) -> str:
        caller: object = self.request.user
        assert isinstance(caller, Caller | UserCaller)
        return caller.pk

    def person(self, account_id: str, user_id: str) -> Person:
        person = find_in_account(self.tenant, account_id=account_id, external_id=user_id)
        if person is None:
            raise NotThere("user")
        return person


class OpenView(SaasquatchView):
    """`/api/v1/{tenant_alias}/open/...`: off unless the tenant switched these on; also for its users' tokens."""

    authentication_classes = [BasicAuthentication, UserTokenAuthentication]

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if not self.tenant.open_endpoints:
            raise OpenEndpointsOff

    def check_throttles(self, request: Request) -> None:
        limit_keyless(request, "saasquatch")
