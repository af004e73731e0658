"""Crawlora's words (contracts/crawlora.md, section 1): its states are called as ours."""

from referrals.models import Referral, Side

S = Referral.Status

STATUSES = [status.value for status in S]
# A member's own summary has no `failed`: what failed is being put right, and was earned.
MEMBER_STATUSES: dict[str, str] = {
    S.ATTRIBUTED: "attributed",
    S.QUALIFIED: "qualified",
    S.REVIEW_REQUIRED: "review_required",
    S.REWARDED: "rewarded",
    S.EXPIRED: "expired",
    S.CAPPED: "capped",
    S.REJECTED: "rejected",
}
ROLES = [side.value for side in Side]
REFUSALS = {"not_awaiting_review": "referral is not awaiting review"}
CLICK_PREFIX = "refclk_"
