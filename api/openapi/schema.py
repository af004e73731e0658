"""What our documents say beyond what the library finds by itself."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class DialectSchema(AutoSchema):
    """A view with `answers_anybody` also takes calls without a key."""

    def get_auth(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_auth()
        return [{}, *found] if getattr(self.view, "answers_anybody", False) else found
