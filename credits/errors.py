"""What can go wrong between a qualified referral and a matured reward. The edge chooses the shape of the answer."""

from referrals.errors import ReferralError


class CreditError(ReferralError):
    """Base of this app's errors."""

    code = "credit_error"


class NotAwaitingReview(CreditError):
    """The referral is not awaiting review."""

    code = "not_awaiting_review"


class ClaimedByAnother(CreditError):
    """Another reviewer is working on this case."""

    code = "claimed_by_another"


class ReasonRequired(CreditError):
    """A rejection needs a reason."""

    code = "reason_required"
    field = "reason"


class PartyToCase(CreditError):
    """Nobody decides on a case they are party to."""

    code = "party_to_case"


class NotCancellable(CreditError):
    """The reward has been paid out, or is on its way: it can no longer be taken back here."""

    code = "not_cancellable"


class NotReopenable(CreditError):
    """The referral earned something before it was rejected: a reviewer decides about it."""

    code = "not_reopenable"


class InvalidAmount(CreditError):
    """The amount is not a whole positive number of the currency's minor units."""

    code = "invalid_amount"
    field = "amount"


class CurrencyDiffers(CreditError):
    """A payment and what went back of it are told of in two currencies: nothing is converted here."""

    code = "currency_differs"


class TwoInvoices(CreditError):
    """Two invoices that are said to be paid by one payment: neither can stand for the other."""

    code = "two_invoices"


class InsufficientCredit(CreditError):
    """There is not as much to spend."""

    code = "insufficient_credit"
    field = "amount"


class RedemptionDiffers(CreditError):
    """That key was used for another redemption."""

    code = "redemption_differs"
    field = "key"
