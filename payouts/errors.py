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


class PayoutError(Exception):
    """Base of what can go wrong with a payout. `code` is stable."""

    code = "payout_error"


class PayoutRefused(PayoutError):
    """Nothing is paid out, for the reason in `reason`: see `payouts.services.candidates.Candidate`."""

    code = "payout_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(REFUSALS.get(reason, reason))
        self.reason = reason


class WrongState(PayoutError):
    """The payout is not in a state in which this can be done."""

    code = "wrong_state"


class FourEyes(PayoutError):
    """Whoever requested a payout cannot release it."""

    code = "four_eyes"


class BadDestination(PayoutError):
    """An account that its kind of method cannot pay to."""

    code = "bad_destination"


class AccountNeeded(PayoutError):
    """Whoever wants money must say where it goes."""

    code = "account_needed"


REFUSALS = {
    "paused": "The method, its program or the tenant is paused.",
    "blocked": "This person is blocked.",
    "under_way": "A payout to this person is under way already.",
    "owes": "This person owes more than they have.",
    "nothing": "Nothing is available.",
    "no_account": "There is no account to pay to.",
    "other_method": "Another method of the program comes first for this person.",
    "below_minimum": "It is less than the method's minimum.",
    "yearly_limit": "It would exceed what the method pays a person in a year.",
    "not_payable": "One of these rewards is not available to be paid out by this method.",
    "unknown": "This tenant knows no such person.",
}
