"""API keys: made, recognised, revoked. The secret exists only in the answer that issues it."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from tenants.errors import InvalidKey, InvalidScope
from tenants.models import ApiKey, Scope, Tenant

PREFIX = "vk_"  # so that scanners of leaked secrets, and people, know one when they see it
USE_NOTED_EVERY = timedelta(minutes=1)
UNUSED = ("tenant__stripe_webhook_secret", "tenant__member_token_secret")  # costly to decrypt, wanted by few calls


class IssuedKey(NamedTuple):
    key: ApiKey
    secret: str


@transaction.atomic
def create_key(
    tenant: Tenant, *, scopes: Iterable[str], name: str = "", at: datetime, expires_at: datetime | None = None
) -> IssuedKey:
    """Issue a key. Its secret is in the answer and nowhere else. Raises InvalidScope."""
    secret = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        tenant=tenant,
        name=name,
        secret_hash=hash_secret(secret),
        scopes=_check_scopes(scopes),
        created_at=at,
        expires_at=expires_at,
    )
    return IssuedKey(key, secret)


def authenticate(*, public: str = "", secret: str, at: datetime, along: Iterable[str] = ()) -> ApiKey:
    """Find the live key of a secret, with its tenant and plan, and note its use. Raises InvalidKey.

    A public id, where given, must be that key's own. `along` names rows of later apps to fetch in the same query.
    """
    keys = ApiKey.objects.live(at).select_related("tenant__plan", *along).defer(*UNUSED)
    key = keys.filter(secret_hash=hash_secret(secret)).first()
    if key is None or (public and not hmac.compare_digest(public.encode(), key.public_key.encode())):
        raise InvalidKey("The credentials name no live key.")
    _note_use(key, at)
    return key


@transaction.atomic
def revoke_key(key: ApiKey, *, at: datetime) -> None:
    """End a key at once. The instant of the first revocation stands."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)
    key.refresh_from_db(fields=["revoked_at"])


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _check_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = set(scopes)
    if not wanted or wanted - set(Scope.values):
        raise InvalidScope(f"A key has one or more of the scopes {', '.join(Scope.values)}.")
    return [scope for scope in Scope.values if scope in wanted]


def _note_use(key: ApiKey, at: datetime) -> None:
    """Write the time of use once a minute at most, however many calls come at once."""
    before = at - USE_NOTED_EVERY
    if key.last_used_at and key.last_used_at > before:
        return
    due = Q(last_used_at=None) | Q(last_used_at__lte=before)
    if ApiKey.objects.filter(due, pk=key.pk).update(last_used_at=at):
        key.last_used_at = at
