"""Who reads, confirms and removes: holders of a key, and anybody where a tenant has opened its attributions."""

from dataclasses import dataclass
from typing import Any

from django.http.request import split_domain_port
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.authentication import Caller
from api.callers import caller_of
from referrals.models import Attribution, Person
from referrals.services.decisions import SYSTEM
from referrals.services.referrals import TOUCH_ID, find_touch
from tenants.models import Tenant

NOT_FOUND = "There is no attribution of that id."
WHOSE = "Several tenants answer here without a key. Send one, so that it is plain which is meant."


@dataclass(frozen=True)
class Reader:
    """Whose attributions are asked for: a tenant's, or of one person in it. Only a tenant itself is trusted."""

    tenant: Tenant
    person: Person | None = None
    is_trusted: bool = False
    actor: str = SYSTEM


class Keyless(BasePermission):
    """Somebody without a key."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        return request.auth is None


class Unbound(BasePermission):
    """Not a person's own key: nobody confirms or removes what counts for themselves."""

    message = "A key that is bound to a person may only read."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user: object = request.user
        return not (isinstance(user, Caller) and user.person)


def reader_of(request: Request) -> Reader:
    """The caller. Without a key it is the public of the host's tenant, or of the only tenant that has one.

    Raises NotAuthenticated where there is no such tenant, or several.
    """
    return _key_holder(request) or Reader(_only(_open_tenants(request)))


def find_attribution(request: Request, public_id: str) -> tuple[Reader, Attribution]:
    """The attribution of that id and who asks for it. Raises NotFound, also for one that is not theirs to see."""
    reader = _key_holder(request) or Reader(_tenant_of(public_id, _open_tenants(request)))
    touch = find_touch(reader.tenant, public_id)
    if touch is None or (reader.person and touch.member.person_id != reader.person.pk):
        raise NotFound(NOT_FOUND)
    return reader, touch


def _key_holder(request: Request) -> Reader | None:
    if request.auth is None:
        return None
    caller = caller_of(request)
    return Reader(caller.tenant, caller.person, is_trusted=caller.person is None, actor=str(caller))


def _open_tenants(request: Request) -> list[Tenant]:
    """The tenants whose attributions are open to the public at the host that was asked."""
    tenants = Tenant.objects.filter(is_active=True).order_by("pk")
    at_host = list(tenants.filter(domains__host=split_domain_port(request.get_host())[0]))
    return [tenant for tenant in at_host or tenants.filter(public_attributions=True) if tenant.public_attributions]


def _only(tenants: list[Tenant]) -> Tenant:
    if len(tenants) > 1:
        raise NotAuthenticated(WHOSE)
    if not tenants:
        raise NotAuthenticated
    return tenants[0]


def _tenant_of(public_id: str, tenants: list[Tenant]) -> Tenant:
    """Among several open tenants, that of the attribution: its id tells."""
    if len(tenants) < 2:  # noqa: PLR2004 (several)
        return _only(tenants)
    match = TOUCH_ID.match(public_id)
    touches = Attribution.objects.filter(pk=int(match[1], 16)) if match else Attribution.objects.none()
    owner = touches.values_list("tenant_id", flat=True).first()
    tenant = next((tenant for tenant in tenants if tenant.pk == owner), None)
    if tenant is None:
        raise NotFound(NOT_FOUND)
    return tenant
