"""Webshare's words for ours (contracts/webshare.md, section 1, ReferralCredit)."""

from credits.models import Reward

S = Reward.Status

# What is being paid out, or has been, is still a credit its owner earned and kept.
STATUSES_OF: dict[str, list[Reward.Status]] = {
    "pending": [S.PENDING],
    "available": [S.AVAILABLE, S.PROCESSING, S.ISSUED],
    "reverted": [S.REVERTED],
}
WORD_FOR: dict[str, str] = {status: word for word, statuses in STATUSES_OF.items() for status in statuses}
