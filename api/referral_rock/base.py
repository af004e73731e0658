"""What all views here share: who may call, in which formats, how it refuses, what it costs."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from rest_framework.exceptions import NotAcceptable, PermissionDenied
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import Caller, KeyAuthentication
from api.callers import caller_of
from api.metering import MeteredAPIView
from api.parsers import SmallJSONParser
from api.permissions import HasScope
from api.referral_rock.errors import DENIED, answer_error, show_message
from api.referral_rock.paging import empty_set
from tenants.models import Scope, Tenant

JSON_TYPES = ("application/json", "text/json", "application/*", "text/*", "*/*")
BULK_BODY = 8 * 1024 * 1024


class BasicAuthentication(KeyAuthentication):
    """`Authorization: Basic base64(publicKey:privateKey)`, and the styles of other dialects."""

    challenge = 'Basic realm="Vouch"'
    refusal = DENIED


class TextJSONParser(SmallJSONParser):
    media_type = "text/json"


class BulkJSONParser(SmallJSONParser):
    """As much as a thousand items come to."""

    most = BULK_BODY


class BulkTextJSONParser(BulkJSONParser):
    media_type = "text/json"


class JSONOnly(BaseContentNegotiation):
    """JSON in and out; XML, which the original also offers, is refused: 415 for a body of it, 406 for an answer."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        content_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == content_type), None)

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        accepted = [each.partition(";")[0].strip().lower() for each in request.headers.get("Accept", "*/*").split(",")]
        if not any(each in JSON_TYPES or each.endswith("+json") for each in accepted if each) and any(accepted):
            raise NotAcceptable("Answers are JSON.")
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class HasKey(HasScope):
    """A key of the tenant itself: one that is bound to a person sees nothing here."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        if isinstance(caller, Caller) and caller.person is not None:
            raise PermissionDenied("This key is bound to one person and may not use this API.")
        return super().has_permission(request, view)


def key(scope: str) -> type[HasKey]:
    """`permission_classes = [key("read")]`"""
    return type("HasKey", (HasKey,), {"wanted": frozenset({Scope(scope).value})})


class RockView(MeteredAPIView):
    """`/api/...`: `tenant` and `actor` are those of the key.

    `scopes` are what each method takes: {"GET": "read"}. `failure_status` and `shape_failure` say how a refusal by the
    domain is answered; SetView and ConfirmationView keep their shape around it.
    """

    authentication_classes = [BasicAuthentication]
    content_negotiation_class = JSONOnly
    parser_classes = [SmallJSONParser, TextJSONParser]
    renderer_classes = [JSONRenderer]
    scopes: ClassVar[dict[str, str]] = {"GET": "read", "HEAD": "read", "POST": "write", "DELETE": "write"}
    failure_status: ClassVar[int] = 400

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def get_permissions(self) -> list[Any]:
        return [key(self.scopes.get(self.request.method or "", "read"))()]

    def shape_failure(self, message: str) -> dict[str, Any]:
        return show_message(message)

    @property
    def tenant(self) -> Tenant:
        return caller_of(self.request).tenant

    @property
    def actor(self) -> str:
        return caller_of(self.request).pk


class SetView(RockView):
    """Answers a set: `{offset, total, message, <collection>}`, its collection null where it could not be made."""

    collection: ClassVar[str]
    failure_status = 200

    def shape_failure(self, message: str) -> dict[str, Any]:
        return empty_set(self.collection, message)


class ConfirmationView(RockView):
    """Answers a confirmation: `{message, <entity>}`, the entity null where nothing came of it."""

    entity: ClassVar[str]
    failure_status = 200

    def shape_failure(self, message: str) -> dict[str, Any]:
        return {"message": message, self.entity: None}


class ListAddView(SetView):
    """A set, and the confirmation of an addition to it."""

    entity: ClassVar[str]

    def shape_failure(self, message: str) -> dict[str, Any]:
        if self.request.method == "POST":
            return {"message": message, self.entity: None}
        return super().shape_failure(message)


class BulkView(RockView):
    """Takes a list of up to a thousand items and answers one result for each."""

    parser_classes = [BulkJSONParser, BulkTextJSONParser]
