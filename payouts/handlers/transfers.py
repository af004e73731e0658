"""What Stripe tells of our own transfers: that they were made, and that they came back."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from payouts.errors import ParentMissing
from payouts.handlers.stripe_objects import StripeObject, text, whole
from payouts.models import Payout, StripeEvent
from payouts.services.settlement import complete_payout, lock_payout, note_return, update_payout
from tenants.models import Tenant

P = Payout.Status


def handle_transfer(event: StripeEvent, at: datetime) -> str:
    """`transfer.created`, `.updated` and `.reversed`: a payout that is processing is confirmed by it, and what came
    back of a completed one is available again. The transfer itself says how much, so the order does not matter.
    """
    transfer = event.payload["data"]["object"]
    payout = _find_payout(event.tenant, transfer)
    if payout is None:
        return "not a transfer of ours"
    payout = lock_payout(payout.pk)
    if payout.status in (P.HELD, P.PENDING):  # the attempt that made it is not told to us yet
        raise ParentMissing("the payout is not sent yet", waits_for=text(transfer, "id"))
    if payout.status not in (P.PROCESSING, P.COMPLETED):
        return f"the payout is {payout.status}: see the reconciliation"
    if payout.status == P.PROCESSING:
        update_payout(payout, at=at, stripe_id=text(transfer, "id"))
        complete_payout(payout, at=at)
    returned = whole(transfer, "amount_reversed")
    payout = note_return(payout, returned=returned, at=at)
    return f"{payout.status}, {payout.returned_amount} returned" if returned else payout.status


def _find_payout(tenant: Tenant, transfer: StripeObject) -> Payout | None:
    payouts = Payout.objects.for_tenant(tenant)
    found = payouts.filter(stripe_id=text(transfer, "id")).first()
    with suppress(ValueError):  # a transfer that somebody else made may say anything
        found = found or payouts.filter(uid=UUID(text(transfer, "metadata", "payout"))).first()
    return found
