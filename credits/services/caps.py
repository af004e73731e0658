"""How many rewarded referrals one referrer may have."""

from datetime import UTC, datetime

from credits.models import Reward
from referrals.models import Member, Referral, Side


def cap_reached(referral: Referral, *, at: datetime) -> str:
    """Which cap keeps a referral from earning its referrer anything: `monthly`, `lifetime`, or neither.

    A referral that earned its referrer something already goes on earning. Locks the referrer's membership, so that
    concurrent grants of one referrer are counted one after the other.
    """
    program = referral.program
    if program.monthly_cap is None and program.lifetime_cap is None:
        return ""
    Member.objects.select_for_update(no_key=True).get(pk=referral.referrer_id)
    rewarded = Reward.objects.by_rule().earned().filter(referral__referrer=referral.referrer_id, side=Side.REFERRER)
    if rewarded.filter(referral=referral).exists():
        return ""
    month = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    counts = {
        "lifetime": (program.lifetime_cap, rewarded),
        "monthly": (program.monthly_cap, rewarded.filter(created_at__gte=month)),
    }
    for name, (cap, rewards) in counts.items():
        if cap is not None and rewards.order_by().values("referral").distinct().count() >= cap:
            return name
    return ""
