"""Webshare's words for ours (contracts/webshare.md, section 1)."""

from credits.models import Mode, Reward
from payouts.models import Payout, PayoutMethod
from referrals.errors import (
    AlreadyRedeemed,
    ExpiredCode,
    InactiveCode,
    ReferralError,
    SelfReferral,
    UnknownCode,
)

S = Reward.Status

# What is being paid out, or has been, is still a credit its owner earned and kept.
STATUSES_OF: dict[str, list[Reward.Status]] = {
    "pending": [S.PENDING],
    "available": [S.AVAILABLE, S.PROCESSING, S.ISSUED],
    "reverted": [S.REVERTED],
}
WORD_FOR: dict[str, str] = {status: word for word, statuses in STATUSES_OF.items() for status in statuses}

# Until it is known to have arrived, or not to, an earn-out is under way. One that was called off has not arrived.
P = Payout.Status
EARN_OUT_WORDS: dict[str, str] = {
    P.HELD: "processing",
    P.PENDING: "processing",
    P.PROCESSING: "processing",
    P.COMPLETED: "completed",
    P.FAILED: "failed",
    P.CANCELLED: "failed",
}

# Credit towards one's own next invoices is product credit; all else is money.
MODE_OF_KIND: dict[str, str] = {
    PayoutMethod.Kind.STRIPE_BALANCE: Mode.CREDITS,
    PayoutMethod.Kind.STRIPE_TRANSFER: Mode.PAYOUT,
    PayoutMethod.Kind.MANUAL: Mode.PAYOUT,
}

# Section 2.7, in the order in which they are looked for.
COUPON_REFUSALS: dict[type[ReferralError], tuple[str, str]] = {
    UnknownCode: ("not_found", "There is no such coupon code."),
    InactiveCode: ("code_inactive", "This coupon code is not active."),
    ExpiredCode: ("code_expired", "This coupon code has expired."),
    SelfReferral: ("self_referral", "You cannot use your own coupon code."),
    AlreadyRedeemed: ("already_redeemed", "You have redeemed this coupon code already."),
}
PERCENT_OFF, VALUE_OFF = "percent_off", "value_off"
FIRST_TIME, ALWAYS = "first_time", "always"
