"""Who is calling (contracts/crawlora.md, section 0): an admin by key, or a member by a key of their own or a token."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http.request import split_domain_port
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api.authentication import Caller, KeyAuthentication
from api.member_tokens import InvalidToken, claimed_tenant, looks_like_token, verify_member_token
from referrals.models import Person
from tenants.models import ApiKey, Scope, Tenant

LONGEST_SUBJECT = 255


@dataclass(frozen=True)
class TokenHolder:
    """A member whom a tenant's token vouches for; they need not be known to us yet."""

    tenant: Tenant
    subject: str
    is_authenticated: ClassVar[bool] = True

    @property
    def pk(self) -> str:
        """What log lines call the caller."""
        return f"member:{self.subject}"


@dataclass(frozen=True)
class Asker:
    """Whose own referrals are asked for: a person, or the id by which a tenant knows one."""

    tenant: Tenant
    person: Person | None = None
    subject: str = ""


class CrawloraAuthentication(KeyAuthentication):
    """`x-api-key: <key>`, or any other style of ours; a JWT in `Authorization: Token <jwt>`, or Bearer."""

    challenge = "Token"

    def authenticate(  # type: ignore[override]  # also somebody without a key
        self, request: Request
    ) -> tuple[Any, ApiKey | None] | None:
        token = "" if "x-api-key" in request.headers else _read_token(request)
        return (_holder_of(token, request), None) if token else super().authenticate(request)


class IsAdmin(BasePermission):
    """A key of the tenant itself, with the scope `admin`."""

    message = "admin plan required"

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user: object = request.user
        return isinstance(user, Caller) and user.person is None and Scope.ADMIN.value in user.key.scopes


class IsMember(BasePermission):
    """A member: by a token, or by a key that is bound to them and may read."""

    message = "member key or token required"

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user: object = request.user
        if isinstance(user, TokenHolder):
            return True
        return isinstance(user, Caller) and user.person is not None and Scope.READ.value in user.key.scopes


class MayClick(BasePermission):
    """Anybody; a key that is sent must be one that may write."""

    message = "this key may not write"

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        user: object = request.user
        return not isinstance(user, Caller) or Scope.WRITE.value in user.key.scopes


def asker_of(request: Request) -> Asker:
    """The member who asks, in a view that lets in nobody else."""
    user: object = request.user
    if isinstance(user, TokenHolder):
        return Asker(user.tenant, subject=user.subject)
    assert isinstance(user, Caller)
    return Asker(user.tenant, person=user.person)


def _read_token(request: Request) -> str:
    scheme, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    is_token = scheme.lower() in {"token", "bearer"} and looks_like_token(value)
    return value.strip() if is_token else ""


def _holder_of(token: str, request: Request) -> TokenHolder:
    for tenant in _candidates(claimed_tenant(token), request):
        try:
            claims = verify_member_token(token, tenant, at=timezone.now())
        except InvalidToken:
            continue
        return TokenHolder(tenant, _subject(claims))
    raise InvalidToken


def _candidates(alias: str, request: Request) -> Iterable[Tenant]:
    """Whose token it may be: the tenant it names, else that of the host, else any: only one has the secret."""
    tenants = Tenant.objects.filter(is_active=True).select_related("plan").order_by("pk")
    if alias:
        return tenants.filter(alias=alias)
    at_host = tenants.filter(domains__host=split_domain_port(request.get_host())[0])
    return list(at_host) or tenants.iterator()


def _subject(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\x00" in subject:
        raise InvalidToken
    return subject
