"""Tokens by which a tenant vouches for one of its members: JWTs signed (HS256) with its `member_token_secret`.

What the claims say of the member is a dialect's own; here it is only settled that the tenant said it, and in time.
"""

from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options
from rest_framework.exceptions import AuthenticationFailed

from tenants.models import Tenant

LONGEST = 8192
LENIENT: Options = {
    "verify_exp": False,  # at the instant of the call, below
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_sub": False,
}


class InvalidToken(AuthenticationFailed):
    default_detail = "The token is not valid."


def verify_member_token(token: str, tenant: Tenant, *, at: datetime) -> dict[str, Any]:
    """The claims of a tenant's token; one that names a tenant must name this one. Raises InvalidToken."""
    claims = verify_token(token, tenant.member_token_secret, at=at)
    if claims.get("tenant", tenant.alias) != tenant.alias:
        raise InvalidToken
    return claims


def verify_token(token: str, secret: str, *, at: datetime) -> dict[str, Any]:
    """The claims of a token that was signed with this secret and holds at this instant. It must say until when.

    Raises InvalidToken, which does not tell why: whoever tries tokens out learns nothing.
    """
    if not secret or len(token) > LONGEST:
        raise InvalidToken
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={**LENIENT, "require": ["exp"]})
    except (jwt.PyJWTError, ValueError) as error:
        raise InvalidToken from error
    if not _number(claims["exp"]) > at.timestamp() or _number(claims.get("nbf", 0)) > at.timestamp():
        raise InvalidToken
    return claims


def claimed_tenant(token: str) -> str:
    """The alias that a token claims, unverified: whose secret to verify it with. Empty where it claims none."""
    try:
        claims = jwt.decode(token[:LONGEST], options={**LENIENT, "verify_signature": False})
    except (jwt.PyJWTError, ValueError) as error:
        raise InvalidToken from error
    alias = claims.get("tenant", "")
    if not isinstance(alias, str):
        raise InvalidToken
    return alias


def looks_like_token(text: str) -> bool:
    """Three parts with points between, as no key has."""
    return text.count(".") == 2  # noqa: PLR2004 (as it says)


def _number(claim: Any) -> float:
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise InvalidToken
    return float(claim)
