"""Reading bodies that strangers wrote."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_BODY = 64 * 1024


class PayloadTooLarge(APIException):
    status_code = 413
    default_detail = _("The body is larger than 64 KiB.")
    default_code = "payload_too_large"


class SmallJSONParser(JSONParser):
    """JSON of at most 64 KiB. Nesting that is too deep to read is malformed, like anything else that cannot be read."""

    most = MAX_BODY

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        context = parser_context or {}
        if int(context["request"].META.get("CONTENT_LENGTH") or 0) > self.most:
            raise PayloadTooLarge(f"The body is larger than {self.most // 1024} KiB.")
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - it is nested too deeply") from error
