"""The only module that imports `stripe`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from payouts.errors import BadEvent, BadSignature

TOLERANCE = timedelta(seconds=300)


def verify_event(body: bytes, signature: str, secrets: str, *, at: datetime) -> dict[str, Any]:
    """The event in a webhook's raw body, as Stripe sent it, verified with one of the endpoint's secrets.

    `secrets` holds one or more, separated by blanks: two while one replaces the other. Raises BadSignature when none
    fits or the signature's time is more than five minutes off, either way, and BadEvent for a body that is no event.
    """
    text = _decode(body)
    if not any(_is_signed(text, signature, secret) for secret in secrets.split()):
        raise BadSignature
    if abs(at - _signed_at(signature)) > TOLERANCE:
        raise BadSignature("The signature is too old, or from the future.")
    return _parse(text)


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
    if "\\u0000" in text:
        raise BadEvent("The body holds a NUL character, which cannot be stored.")
    is_event = isinstance(event, dict) and event.get("object") == "event"
    if not is_event or not isinstance(event.get("data"), dict) or not isinstance(event["data"].get("object"), dict):
        raise BadEvent
    if not all(isinstance(event.get(name), kind) for name, kind in {"id": str, "type": str, "created": int}.items()):
        raise BadEvent
    return event
