"""Sent is not settled: a payout is completed once Stripe, asked for it, shows it."""

import time
from datetime import datetime, timedelta

from django.db import transaction

from payouts import gateway
from payouts.models import Payout, PayoutMethod
from payouts.services.settlement import complete_payout, lock_payout, note_return, update_payout

Kind = PayoutMethod.Kind
READ = {Kind.STRIPE_TRANSFER: gateway.read_transfer, Kind.STRIPE_BALANCE: gateway.read_credit}
PAUSE = timedelta(hours=1)


def confirm_due(*, at: datetime, limit: int = 200, seconds: float = 60.0) -> int:
    """Ask Stripe about payouts it has taken, and complete those that it still has; return how many were completed.

    Stops after the given seconds at the latest; the next sweep goes on from there.
    """
    deadline = time.monotonic() + seconds
    due = Payout.objects.to_confirm(at).select_related("tenant", "method").order_by("next_attempt_at", "pk")
    return sum(confirm_payout(payout, at=at) for payout in list(due[:limit]) if time.monotonic() < deadline)


def confirm_payout(payout: Payout, *, at: datetime) -> bool:
    """Complete a payout that Stripe shows when asked for it; False where it does not, or does not answer."""
    try:
        read = READ[Kind(payout.method.kind)]
        found = read(payout.tenant, destination=payout.destination, stripe_id=payout.stripe_id)
    except (gateway.Refused, gateway.Unclear) as error:
        _ask_later(payout, str(error), at=at)
        return False
    complete_payout(payout, at=at)
    note_return(payout, returned=found.reversed_amount, at=at)
    return True


@transaction.atomic
def _ask_later(payout: Payout, error: str, *, at: datetime) -> None:
    payout = lock_payout(payout.pk)
    if payout.status == Payout.Status.PROCESSING:
        update_payout(payout, at=at, next_attempt_at=at + PAUSE, error=error[:1000])
