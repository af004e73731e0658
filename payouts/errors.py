"""What can go wrong between Stripe and us."""


class StripeInboxError(Exception):
    """Base of this app's errors."""

    code = "stripe_error"


class EndpointOff(StripeInboxError):
    """The tenant has no webhook secret, so its endpoint is off: an empty secret verifies nothing."""

    code = "endpoint_off"


class BadSignature(StripeInboxError):
    """The event is not signed by Stripe with this tenant's secret, or its signature is too old or from the future."""

    code = "bad_signature"


class BadEvent(StripeInboxError):
    """The body is signed but is no Stripe event."""

    code = "bad_event"


class WrongMode(StripeInboxError):
    """A test event for a live tenant, or the other way round."""

    code = "wrong_mode"


class ParentMissing(StripeInboxError):
    """What the event is about is not known here yet: park it and try again. `waits_for` is Stripe's id of that."""

    code = "parent_missing"

    def __init__(self, message: str, *, waits_for: str = "") -> None:
        super().__init__(message)
        self.waits_for = waits_for
