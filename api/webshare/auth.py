"""Who calls, and for whom (contracts/webshare.md, section 0)."""

from typing import Any

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from api.authentication import Caller, KeyAuthentication
from api.permissions import scopes
from referrals.models import Person

SUBUSER = "X-Subuser"
NOBODY = f"This key is nobody's own. Use one that is bound to a person, or name the person with {SUBUSER}."
MOST_DIGITS = 18


class TokenAuthentication(KeyAuthentication):
    challenge = "Token"
    refusal = "Invalid token."


class MayCall(BasePermission):
    """A key that may read or, for what changes something, write."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = request.method or ""
        is_write = method not in SAFE_METHODS and hasattr(view, method.lower())
        return (scopes("write") if is_write else scopes("read"))().has_permission(request, view)


def find_subject(caller: Caller, named: str | None) -> Person | None:
    """Whose data is asked for: of the person a key is bound to, or that `X-Subuser` names; else None, the tenant's.

    Raises NotFound where the tenant has no such person, and where a person's own key names another.
    """
    if named is None:
        return caller.person
    if not (named.isascii() and named.isdigit() and len(named) <= MOST_DIGITS):
        raise NotFound
    person = Person.objects.for_tenant(caller.tenant).filter(pk=int(named)).first()
    if person is None or (caller.person and caller.person != person):
        raise NotFound
    return person


def require_person(subject: Person | None) -> Person:
    """Raises PermissionDenied where a call that is a person's own is made for nobody."""
    if subject is None:
        raise PermissionDenied(NOBODY, code="person_required")
    return subject
