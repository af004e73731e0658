"""Who is calling, by API key. One key works in the style of every dialect.

Settings name this module, so it imports nothing of rest_framework that imports views.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import structlog
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from referrals.models import Person
from tenants.errors import InvalidKey
from tenants.models import ApiKey, Tenant
from tenants.services.keys import authenticate

BINDING = ("binding__person",)


@dataclass(frozen=True)
class Caller:
    """Who holds the key: a tenant or, where the key is bound to one, a person who sees only their own data."""

    key: ApiKey
    tenant: Tenant
    person: Person | None = None
    is_authenticated: ClassVar[bool] = True

    @property
    def pk(self) -> str:
        """What log lines call the caller."""
        return f"key:{self.key.public_key}"

    def __str__(self) -> str:
        return self.pk


class Credentials(NamedTuple):
    public: str
    secret: str


class KeyAuthentication(BaseAuthentication):
    """`x-api-key: secret`, `Authorization: Bearer secret`, `Token secret`, or Basic with `public:secret` or the secret
    alone in either field. `request.user` is then a Caller and `request.auth` the ApiKey.

    No credentials at all are nobody's business here; bad ones are refused.
    """

    challenge: ClassVar[str] = 'Bearer realm="Vouch"'
    refusal: ClassVar[str] = "Invalid API key."

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        try:
            credentials = read_credentials(request)
            if credentials is None:
                return None
            key = authenticate(public=credentials.public, secret=credentials.secret, at=timezone.now(), along=BINDING)
        except InvalidKey as error:
            raise AuthenticationFailed(self.refusal) from error
        structlog.contextvars.bind_contextvars(tenant=key.tenant.alias)
        return Caller(key, key.tenant, _bound_person(key)), key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 (the framework passes it)
        return self.challenge


def read_credentials(request: Request) -> Credentials | None:
    """What the headers offer; None where they offer no key. Raises InvalidKey for what cannot be one."""
    if "x-api-key" in request.headers:
        return _require_secret("", request.headers["x-api-key"].strip())
    scheme, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    match scheme.lower():
        case "bearer" | "token":
            return _require_secret("", value.strip())
        case "basic":
            return _read_basic(value.strip())
    return None


def _read_basic(value: str) -> Credentials:
    try:
        first, _, second = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidKey from error
    return _require_secret(first, second) if second else _require_secret("", first)


def _require_secret(public: str, secret: str) -> Credentials:
    if not secret:
        raise InvalidKey
    return Credentials(public, secret)


def _bound_person(key: ApiKey) -> Person | None:
    binding = getattr(key, "binding", None)
    return binding.person if binding else None
