"""The payouts that rewards are or were in, for whoever explains a reward below."""

from credits.services.explaining.dossier import PayoutPart
from payouts.models import Payout, PayoutItem

TEXT = ("requested_by", "released_by", "reference", "stripe_id", "error", "destination")
INSTANTS = ("held_until", "requested_at", "released_at", "sent_at", "ended_at")


def payouts_of_rewards(rewards: list[int]) -> list[PayoutPart]:
    """Each of those rewards in each of its payouts, the oldest first, in one query."""
    items = PayoutItem.objects.filter(reward__in=rewards).select_related("payout__method").order_by("payout_id", "pk")
    return [_part(item, item.payout) for item in items]


def _part(item: PayoutItem, payout: Payout) -> PayoutPart:
    facts = {name: getattr(payout, name) for name in TEXT}
    instants = {name: getattr(payout, name) for name in INSTANTS}
    facts |= {name: at.isoformat() if at else None for name, at in instants.items()}
    facts |= {"holds": payout.holds, "method": payout.method.name, "returned_amount": payout.returned_amount}
    return PayoutPart(
        uid=str(payout.uid),
        reward_id=item.reward_id,
        part=item.amount,
        amount=payout.amount,
        currency=payout.currency,
        status=payout.status,
        is_released=item.is_released,
        facts=facts,
    )
