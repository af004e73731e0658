"""How a schema says who may call: one key, in the style of any dialect."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular carries no types.

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class KeyScheme(OpenApiAuthenticationExtension):
    """The styles of `api.authentication.KeyAuthentication`, of which a caller uses one."""

    target_class = "api.authentication.KeyAuthentication"
    match_subclasses = True
    name = ["apiKey", "bearer", "basic"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:  # noqa: ARG002
        return [
            {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The secret key."},
            {"type": "http", "scheme": "bearer", "description": "The secret key; `Token` does as well as `Bearer`."},
            {"type": "http", "scheme": "basic", "description": "`public:secret`, or the secret in either field."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:  # noqa: ARG002
        return [{name: []} for name in self.name]
