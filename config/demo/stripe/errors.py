"""Stripe's refusals, in its own words and shapes."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Refusal(Exception):
    """An answer that is an error."""

    message: str
    status: int = 400
    kind: str = "invalid_request_error"
    code: str = ""
    param: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        named = {"code": self.code, "param": self.param}
        told = {name: value for name, value in named.items() if value}
        if self.code:
            told["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        return {"error": {"message": self.message, "type": self.kind} | told}


class ConnectionLost(Exception):
    """The caller gets no answer at all."""


def unknown_url(method: str, path: str) -> Refusal:
    help_ = "Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    return Refusal(f"Unrecognized request URL ({method}: {path}). {help_}", status=404)


def missing(noun: str, key: str, *, param: str = "id", status: int = 404) -> Refusal:
    """An object that does not exist: 404 where the path names it, 400 where a parameter does."""
    return Refusal(f"No such {noun}: '{key}'", status=status, code="resource_missing", param=param)


def no_key(given: str) -> Refusal:
    if given:
        return Refusal(f"Invalid API Key provided: {given[:8]}{'*' * max(0, len(given) - 12)}{given[-4:]}", status=401)
    hint = "You need to provide your API key in the Authorization header, using Bearer auth."
    return Refusal(f"You did not provide an API key. {hint}", status=401)


def rate_limited() -> Refusal:
    words = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
    return Refusal(words, status=429, code="rate_limit")


def server_error() -> Refusal:
    """A 500, which the SDK is told not to send again: the key would only repeat it."""
    words = "Sorry! There was an error while talking to Stripe."
    return Refusal(words, status=500, kind="api_error", headers={"stripe-should-retry": "false"})


def key_conflict(key: str, *, other: str = "parameters") -> Refusal:
    words = f"Keys for idempotent requests can only be used with the same {other} they were first used with."
    hint = f"Try using a key other than '{key}' if you meant to execute a different request."
    return Refusal(f"{words} {hint}", kind="idempotency_error")


def key_in_use(key: str) -> Refusal:
    words = f"There is currently another in-progress request using this Idempotent Key: {key}. Please try again later."
    retry = {"stripe-should-retry": "true"}
    return Refusal(words, status=409, kind="idempotency_error", code="idempotency_key_in_use", headers=retry)


def key_too_long() -> Refusal:
    return Refusal("The Idempotency-Key header may be 255 characters long at most.", param="Idempotency-Key")
