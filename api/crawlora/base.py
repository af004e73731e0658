"""What all of Crawlora's routes share: the envelope, metering and the limits of those without a key."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.crawlora.auth import CrawloraAuthentication, TokenHolder
from api.crawlora.errors import answer_error, envelope
from api.metering import MeteredAPIView
from api.parsers import SmallJSONParser


class CrawloraView(MeteredAPIView):
    authentication_classes = [CrawloraAuthentication]
    parser_classes = [SmallJSONParser]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error

    def perform_authentication(self, request: Request) -> None:
        """A member's token spends the credits of the tenant that signed it, as a key does."""
        super().perform_authentication(request)
        user: object = request.user
        if isinstance(user, TokenHolder):
            self.admission = self._admit(user.tenant)


def ok(data: Any) -> Response:
    return Response(envelope(200, "ok", data))


def enveloped(name: str, data: serializers.BaseSerializer[Any]) -> type[serializers.Serializer[Any]]:
    """For the schema: `app.Response` around an object. A class body cannot have a field `data`."""

    def get_fields(_: serializers.Serializer[Any]) -> dict[str, Any]:
        return {"code": serializers.IntegerField(), "msg": serializers.CharField(), "data": deepcopy(data)}

    return type(name, (serializers.Serializer,), {"get_fields": get_fields, "__doc__": "`app.Response`."})
