"""Events that Stripe sends: verifying them, and signing them as Stripe does."""

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from payouts.errors import BadEvent, BadSignature

TOLERANCE = timedelta(seconds=300)
MAX_DEPTH = 64  # of lists and objects in each other; Stripe's own events stay below 20
YEAR_3000 = 32_503_680_000
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # JSON can say them, PostgreSQL cannot hold them


def verify_event(body: bytes, signature: str, secrets: str, *, at: datetime) -> dict[str, Any]:
    """The event in a webhook's raw body, as Stripe sent it, verified with one of the endpoint's secrets.

    `secrets` holds one or more, separated by blanks: two while one replaces the other. Raises BadSignature when none
    fits or the signature's time is more than five minutes off, either way, and BadEvent for a body that is no event.
    """
    text = _decode(body)
    if not signature.isascii() or not any(_is_signed(text, signature, secret) for secret in secrets.split()):
        raise BadSignature
    if abs(at - _signed_at(signature)) > TOLERANCE:
        raise BadSignature("The signature is too old, or from the future.")
    return _parse(text)


def sign_event(body: str, secret: str, *, at: datetime) -> str:
    """The `Stripe-Signature` header of a body as Stripe would sign it: for the demo and tests, which play Stripe."""
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=int(at.timestamp()))
    return header


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadEvent("The body is not UTF-8.") from error


def _is_signed(text: str, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(text, signature, secret, tolerance=None)
    except stripe.SignatureVerificationError:
        return False
    return True


def _signed_at(signature: str) -> datetime:
    """The time in a header that was verified. The SDK refuses old ones only; we refuse those of the future too."""
    stamp = next(item[2:] for item in signature.split(",") if item.startswith("t="))
    try:
        return datetime.fromtimestamp(int(stamp), tz=UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise BadSignature("The signature's time is no time.") from error


def _parse(text: str) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadEvent("The body is not JSON.") from error
    if not _is_event(event):
        raise BadEvent
    if not _is_storable(event):
        raise BadEvent("The body holds what the database cannot: NUL, half a character, an infinity, endless nesting.")
    return event


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    data, created = event.get("data"), event.get("created")
    has_thing = isinstance(data, dict) and isinstance(data.get("object"), dict)
    has_name = all(isinstance(event.get(name), str) and event[name] for name in ("id", "type"))
    return has_thing and has_name and isinstance(created, int) and 0 <= created < YEAR_3000


def _is_storable(value: Any, depth: int = 0) -> bool:
    """Whether PostgreSQL can hold a JSON value: Python reads NUL, half a surrogate pair and 1e999 without a word."""
    if isinstance(value, str):
        return UNSTORABLE.search(value) is None
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return depth < MAX_DEPTH and all(_is_storable(part, depth + 1) for pair in value.items() for part in pair)
    return not isinstance(value, list) or (depth < MAX_DEPTH and all(_is_storable(item, depth + 1) for item in value))
