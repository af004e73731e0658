"""Referral Rock's words for what is ours (contracts/referral-rock.md, section 2)."""

from datetime import datetime

from django.db.models import Q

from credits.models import Reward
from payouts.models import Payout, PayoutMethod
from referrals.models import Action, Referral, Side

# Referral.status, and which of our states each of theirs is.
S = Referral.Status
PENDING, QUALIFIED, APPROVED, DENIED = "pending", "qualified", "approved", "denied"
REFERRAL_STATUSES: dict[str, str] = {
    S.ATTRIBUTED: PENDING,
    S.REVIEW_REQUIRED: PENDING,
    S.QUALIFIED: QUALIFIED,
    S.FAILED: QUALIFIED,
    S.REWARDED: APPROVED,
    S.CAPPED: APPROVED,
    S.REJECTED: DENIED,
    S.EXPIRED: DENIED,
}


EARNED_NOTHING = frozenset({S.QUALIFIED, S.FAILED})  # and yet a person may have said that it came off


def status_of(status: str, approved_at: datetime | None) -> str:
    """Their word for one of our states. What a person approved is approved, also where nothing came of it."""
    return APPROVED if status in EARNED_NOTHING and approved_at is not None else REFERRAL_STATUSES[status]


def has_status(word: str) -> Q:
    """The condition on referrals of which `status_of` is a word."""
    states = Q(status__in=[state for state, shown in REFERRAL_STATUSES.items() if shown == word])
    said = Q(status__in=sorted(EARNED_NOTHING), details__approved_at__isnull=False)
    if word == QUALIFIED:
        return Q(status__in=sorted(EARNED_NOTHING), details__approved_at__isnull=True)
    return states | said if word == APPROVED else states


# Reward.status. One that is reverted is not there any more.
R = Reward.Status
REWARD_STATUSES: dict[str, str] = {
    R.PENDING: "Pending",
    R.AVAILABLE: "Pending",
    R.PROCESSING: "Processing",
    R.ISSUED: "Issued",
}
RECIPIENTS: dict[str, str] = {Side.REFERRER: "Member", Side.REFERRED: "Referral"}
MANUAL = "Manual"
SOURCES: dict[str, str] = {Action.Kind.APPROVAL: "Status Based"}  # all else that earns is an action of theirs
ACTION = "Referral Action"

# members sort.
MEMBER_SORTS = (
    "Member_Views", "Page_Views", "Lead_Count", "Reward_Issued_Total", "Member_Full_Name", "Create_Dt",
)  # fmt: skip

# referrals sort and rewards sort.
REFERRAL_SORTS = ("Create_Dt", "Amount", "Qualified_Dt", "Closed_Dt")
REWARD_SORTS = ("Create_Dt", "Reward_Action", "Recipient_Name", "Complete_Dt")

# payoutType and PayoutTransaction.status are free strings of theirs.
PAYOUT_TYPES: dict[str, str] = {
    PayoutMethod.Kind.STRIPE_TRANSFER: "StripeTransfer",
    PayoutMethod.Kind.STRIPE_BALANCE: "StripeBalance",
    PayoutMethod.Kind.MANUAL: "Manual",
}
P = Payout.Status
TRANSACTION = "Payout"
TRANSACTION_STATUSES: dict[str, str] = {
    P.HELD: "Held",
    P.PENDING: "Pending",
    P.PROCESSING: "Processing",
    P.COMPLETED: "Complete",
    P.FAILED: "Failed",
    P.CANCELLED: "Cancelled",
}

# What the resultInfo of an issue says: by Stripe it is on its way, and a held one waits for somebody.
SENT: dict[str, str] = {
    P.COMPLETED: "Reward Issued",
    P.PENDING: "Reward Is Being Issued",
    P.PROCESSING: "Reward Is Being Issued",
    P.HELD: "Reward Is Held For Somebody To Release",
}

TIME_PERIODS = ("All", "MonthToDate", "LastMonth", "Last7Days", "Last30Days")

# resultInfo.Status differs by what was done (section 5, 7).
UPDATED, REMOVED, FAILED = "Succeeded", "Success", "Failed"

# What our errors call a field, in their words.
FIELDS = {
    "url": "target_url",
    "code": "referralCode",
    "external_id": "externalIdentifier",
    "country_subdivision": "countrySubdivision",
}
