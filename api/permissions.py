"""Who may enter. Every view says so; one that does not is closed.

Settings name this module, so it imports nothing of rest_framework that imports views.
"""

from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.models import ApiKey, Scope


class Denied(BasePermission):
    """The default."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return False


class Open(BasePermission):
    """Anybody, also without a key."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return True


class HasScope(BasePermission):
    """A key with all of the scopes."""

    wanted: ClassVar[frozenset[str]] = frozenset()

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return isinstance(request.auth, ApiKey) and self.wanted <= set(request.auth.scopes)


def scopes(*wanted: str) -> type[HasScope]:
    """`permission_classes = [scopes("read")]`"""
    assert wanted, "Name a scope."
    return type("HasScope", (HasScope,), {"wanted": frozenset(Scope(name).value for name in wanted)})
