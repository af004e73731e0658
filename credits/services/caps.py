"""How many rewarded referrals one referrer may have."""

from datetime import UTC, datetime
from typing import NamedTuple

from credits.models import Reward
from referrals.models import Member, Referral, Side

ORDER = ("lifetime", "monthly")
CAPPED = "capped"  # the reason a referral is left with, once a cap was reached for it


class Count(NamedTuple):
    """How many of a referrer's referrals count towards a cap, and how many may."""

    cap: int
    rewarded: int


def cap_reached(referral: Referral, *, at: datetime) -> str:
    """Which cap keeps a referral from earning its referrer anything: `monthly`, `lifetime`, or neither."""
    return first_reached(count_towards_caps(referral, at=at))


def first_reached(counts: dict[str, Count]) -> str:
    """The cap that is reached, the lifetime's before the month's, in whatever order they come."""
    reached = [name for name, count in counts.items() if count.rewarded >= count.cap]
    return min(reached, key=ORDER.index, default="")


def count_towards_caps(referral: Referral, *, at: datetime) -> dict[str, Count]:
    """How the referrer stands towards each cap that the program has.

    Nothing is counted of a referral that earned its referrer something already: it goes on earning. Locks the
    referrer's membership, so that concurrent grants of one referrer are counted one after the other.
    """
    program = referral.program
    if program.monthly_cap is None and program.lifetime_cap is None:
        return {}
    Member.objects.select_for_update(no_key=True).get(pk=referral.referrer_id)
    rewarded = Reward.objects.by_rule().earned().filter(referral__referrer=referral.referrer_id, side=Side.REFERRER)
    if rewarded.filter(referral=referral).exists():
        return {}
    month = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counted = {
        "lifetime": (program.lifetime_cap, rewarded),
        "monthly": (program.monthly_cap, rewarded.filter(created_at__gte=month)),
    }
    return {
        name: Count(cap, rewards.order_by().values("referral").distinct().count())
        for name, (cap, rewards) in counted.items()
        if cap is not None
    }
