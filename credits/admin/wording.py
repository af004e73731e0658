"""Times and amounts of a case as people read them."""

from datetime import datetime, timedelta

from credits.models import Review, Reward
from referrals.admin.wording import Words

REVIEW_COLOURS: Words = {
    Review.Status.OPEN: "warn",
    Review.Status.APPROVED: "good",
    Review.Status.REJECTED: "bad",
}
REWARD_COLOURS: Words = {
    Reward.Status.PENDING: "info",
    Reward.Status.AVAILABLE: "good",
    Reward.Status.PROCESSING: "info",
    Reward.Status.ISSUED: "good",
    Reward.Status.REVERTED: "bad",
}
USUAL_REASONS = (
    "Both people are the same person",
    "Same household or payment card",
    "The referred person was already a customer",
    "Referrals bought, traded or posted on coupon sites",
    "Made-up or throw-away identity",
    "Payment refunded or likely to be",
    "Against the program's terms",
)
UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def span(duration: timedelta) -> str:
    """How long, in its two largest units: 3 d 4 h."""
    parts = []
    rest = abs(duration)
    for unit, length in UNITS:
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "under a minute"


def age(review: Review, *, now: datetime) -> str:
    return span((review.decided_at or now) - review.opened_at)


def time_left(review: Review, *, now: datetime) -> tuple[str, str]:
    """What remains until the reward would have matured, with how pressing that is."""
    left = review.deadline - now
    if left <= timedelta(0):
        return "late", f"{span(left)} late"
    return ("soon" if left < timedelta(days=2) else "fine"), f"in {span(left)}"


def holder(review: Review, *, now: datetime) -> str:
    """Who is working on a case at this moment, if anybody."""
    if review.claimed_until is None or review.claimed_until <= now:
        return ""
    if review.claimed_by is None:
        return review.claimed_by_key
    return review.claimed_by.get_full_name() or review.claimed_by.get_username()
