"""How the schema says who may call."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular carries no types.

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from api.saasquatch.auth import TOKEN_HEADER


class BasicScheme(OpenApiAuthenticationExtension):
    target_class = "api.saasquatch.auth.BasicAuthentication"
    name = "SaaSquatchAPIKey"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "basic", "description": "The API key as the password, or as the user."}


class UserTokenScheme(OpenApiAuthenticationExtension):
    target_class = "api.saasquatch.auth.UserTokenAuthentication"
    name = "SaaSquatchUserJWT"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        return {"type": "apiKey", "in": "header", "name": TOKEN_HEADER}
