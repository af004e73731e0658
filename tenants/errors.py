"""What can go wrong while asking who is calling. An error names a situation; the edge chooses the shape."""


class TenantError(Exception):
    """Base of this app's errors: `code` is stable, the message is for people."""

    code = "tenant_error"


class InvalidAlias(TenantError):
    code = "invalid_alias"


class UnknownPlan(TenantError):
    code = "unknown_plan"


class InvalidScope(TenantError):
    code = "invalid_scope"


class InvalidKey(TenantError):
    """The credentials name no live key."""

    code = "invalid_key"


class KeyInUse(TenantError):
    """A request under that idempotency key is being answered: ask again in a moment."""

    code = "idempotency_key_in_use"


class KeyReused(TenantError):
    """That idempotency key was used for another request."""

    code = "idempotency_key_reused"


class OverLimit(TenantError):
    """The plan's limit is reached. `retry_after` is in whole seconds, `limit` is `minute`, `day` or `month`."""

    code = "over_limit"

    def __init__(self, limit: str, retry_after: int) -> None:
        super().__init__(f"The plan's limit of calls a {limit} is reached; try again in {retry_after} seconds.")
        self.limit = limit
        self.retry_after = retry_after
