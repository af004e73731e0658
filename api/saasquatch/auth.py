"""Who is calling: a tenant's key, or one of its users by a token (contracts/saasquatch.md, section 0, Auth)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from api.authentication import Caller, KeyAuthentication
from api.member_tokens import InvalidToken, verify_member_token
from api.permissions import HasScope
from api.saasquatch.errors import BadToken, TenantNotFound
from referrals.models import Person
from referrals.services.registration import find_in_account
from tenants.models import Scope, Tenant

TOKEN_HEADER = "X-SaaSquatch-User-Token"  # noqa: S105 (its name, not a token)


@dataclass(frozen=True)
class UserCaller:
    """A user of the tenant's, who need not be known to us yet. `fields` is what a write token says of them."""

    tenant: Tenant
    account_id: str
    user_id: str
    fields: dict[str, Any] = field(default_factory=dict)
    is_authenticated: ClassVar[bool] = True

    @property
    def pk(self) -> str:
        """What decisions and log lines call the caller."""
        return "user"  # by whom is plain from what it is about, and an id may be an address

    def is_user(self, account_id: str, user_id: str) -> bool:
        return (self.account_id, self.user_id) == (account_id, user_id)


class BasicAuthentication(KeyAuthentication):
    challenge = 'Basic realm="Vouch"'
    refusal = "The API key is not valid."


class UserTokenAuthentication(BaseAuthentication):
    """`X-SaaSquatch-User-Token`: a JWT with `{"user": {"id", "accountId"}}`, or `sub` as account:user@tenant:users."""

    def authenticate(self, request: Request) -> tuple[UserCaller, None] | None:
        token = request.headers.get(TOKEN_HEADER)
        if token is None:
            return None
        tenant = find_tenant(request.parser_context["kwargs"]["tenant_alias"])
        try:
            claims = verify_member_token(token, tenant, at=timezone.now())
        except InvalidToken as error:
            raise BadToken(str(error.detail)) from error
        return _user_of(claims, tenant), None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (the framework passes it)
        return BasicAuthentication.challenge


def find_tenant(alias: str) -> Tenant:
    tenant = Tenant.objects.filter(alias=alias, is_active=True).select_related("plan").first()
    if tenant is None:
        raise TenantNotFound
    return tenant


def _user_of(claims: dict[str, Any], tenant: Tenant) -> UserCaller:
    if ("user" in claims) == ("sub" in claims):
        raise BadToken("A token has either user or sub.")
    user = claims["user"] if "user" in claims else _parse_subject(claims["sub"], tenant)
    if not isinstance(user, dict) or not all(_is_id(user.get(name)) for name in ("accountId", "id")):
        raise BadToken("The token's user needs id and accountId.")
    return UserCaller(tenant, user["accountId"], user["id"], fields=user)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255  # noqa: PLR2004 (what we can keep)


def _parse_subject(subject: Any, tenant: Tenant) -> dict[str, Any]:
    names, at, rest = str(subject).rpartition("@")
    account_id, colon, user_id = names.partition(":")
    if not at or not colon or ":" in user_id or rest != f"{tenant.alias}:users":
        raise BadToken("The token's sub names no user of this tenant.")
    return {"accountId": account_id, "id": user_id}


class HasKey(HasScope):
    """A key of the tenant itself. One that is bound to a person may only do what that user may."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        if isinstance(caller, UserCaller):
            return False
        if isinstance(caller, Caller) and caller.person is not None:
            raise PermissionDenied("This key is bound to one person and may use open endpoints only.")
        return super().has_permission(request, view)


def key(scope: str) -> type[HasKey]:
    """`permission_classes = [key("read")]`"""
    return type("HasKey", (HasKey,), {"wanted": frozenset({Scope(scope).value})})


class HasKeyOrToken(HasScope):
    """A key with the scope, or any user's token; whose data it is about is looked at by `require_self`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        return isinstance(caller, UserCaller) or super().has_permission(request, view)


def key_or_token(scope: str) -> type[HasKeyOrToken]:
    return type("HasKeyOrToken", (HasKeyOrToken,), {"wanted": frozenset({Scope(scope).value})})


def require_self(request: Request, *pairs: tuple[str, str]) -> None:
    """Refuse a user, or a key bound to one, that asks about nobody but others. Each pair is (accountId, userId)."""
    caller: object = request.user
    if isinstance(caller, UserCaller) and not any(caller.is_user(*pair) for pair in pairs):
        raise PermissionDenied("The token is another user's.")
    if isinstance(caller, Caller) and caller.person and not any(_is(caller.person, *pair) for pair in pairs):
        raise PermissionDenied("This key is bound to another person.")


def _is(person: Person, account_id: str, user_id: str) -> bool:
    found = find_in_account(person.tenant, account_id=account_id, external_id=user_id)
    return found is not None and found.pk == person.pk
