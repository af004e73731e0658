"""Handling what the inbox holds: each event in one transaction that also marks it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from payouts.errors import ParentMissing
from payouts.handlers.credit_notes import handle_credit_note
from payouts.handlers.customers import note_card, note_customer
from payouts.handlers.disputes import handle_dispute
from payouts.handlers.names import link_charge, link_names
from payouts.handlers.parties import lock_payer
from payouts.handlers.payments import handle_checkout, handle_invoice, note_unreferred
from payouts.handlers.refunds import handle_refund, handle_refunded_charge
from payouts.handlers.transfers import handle_transfer
from payouts.handlers.voids import handle_void
from payouts.models import StripeEvent

log = structlog.get_logger(__name__)
Handler = Callable[[StripeEvent, datetime], str]
S = StripeEvent.Status

HANDLERS: dict[str, Handler] = {
    "invoice.paid": handle_invoice,
    "checkout.session.completed": handle_checkout,
    "checkout.session.async_payment_succeeded": handle_checkout,
    "customer.created": note_customer,
    "customer.updated": note_customer,
    "payment_method.attached": note_card,
    "charge.succeeded": link_charge,
    "payment_intent.succeeded": link_names,
    "invoice_payment.paid": link_names,
    "refund.created": handle_refund,
    "refund.updated": handle_refund,
    "refund.failed": handle_refund,
    "charge.refund.updated": handle_refund,
    "charge.refunded": handle_refunded_charge,
    "credit_note.created": handle_credit_note,
    "credit_note.updated": handle_credit_note,
    "credit_note.voided": handle_credit_note,
    "invoice.voided": handle_void,
    "charge.dispute.created": handle_dispute,
    "charge.dispute.updated": handle_dispute,
    "charge.dispute.closed": handle_dispute,
    "charge.dispute.funds_withdrawn": handle_dispute,
    "charge.dispute.funds_reinstated": handle_dispute,
    "transfer.created": handle_transfer,
    "transfer.updated": handle_transfer,
    "transfer.reversed": handle_transfer,
}
# What is done when the parent of an event never came.
GIVING_UP: dict[str, Handler] = {"invoice.paid": note_unreferred}

PATIENCE = timedelta(days=4)  # with a missing parent: Stripe itself goes on telling for three days
FAILED_TRIES = 20


def handle_due(*, at: datetime, limit: int = 500) -> int:
    """Handle events that are due, oldest first; return how many were taken up. Bounded, and any number may run at once:
    each takes events that no other holds.
    """
    taken = 0
    while taken < limit and _handle_next(at):
        taken += 1
    return taken


@transaction.atomic
def _handle_next(at: datetime) -> bool:
    due = StripeEvent.objects.select_for_update(skip_locked=True, of=("self",)).select_related("tenant").due(at)
    event = due.order_by("next_attempt_at", "id").first()
    if event is None:
        return False
    handle(event, at=at)
    return True


def handle(event: StripeEvent, *, at: datetime) -> StripeEvent:
    """Handle a locked event inside the caller's transaction and mark what became of it.

    An error undoes the handler's work and is kept on the event, which is tried again ever more rarely, then given up as
    `dead`; an event whose parent is missing waits the same way, and ends as `ignored`.
    """
    if event.type not in HANDLERS:
        return _mark(event, S.IGNORED, at=at, outcome="no use for this type")
    try:
        with transaction.atomic():
            status, outcome = _carry_out(event, at)
    except ParentMissing as missing:
        return _park(event, missing, at=at)
    except Exception as error:  # one bad event must not stop the others; it stays visible
        log.exception("stripe_event_failed", stripe_event=event.event_id, type=event.type)
        return _fail(event, error, at=at)
    return _mark(event, status, at=at, outcome=outcome)


def _carry_out(event: StripeEvent, at: datetime) -> tuple[str, str]:
    """What became of an event, and how. Raises ParentMissing while there is patience left to wait for its parent."""
    lock_payer(event.tenant, event.payload["data"]["object"])
    try:
        with transaction.atomic():
            return S.HANDLED, HANDLERS[event.type](event, at)
    except ParentMissing as missing:
        if at < event.received_at + PATIENCE:
            raise
        give_up = GIVING_UP.get(event.type)
        return S.IGNORED, give_up(event, at) if give_up else str(missing)


def _park(event: StripeEvent, missing: ParentMissing, *, at: datetime) -> StripeEvent:
    event.waits_for = missing.waits_for
    wait = min(timedelta(seconds=5 * 4 ** min(event.attempts, 8)), timedelta(days=1))
    return _postpone(event, S.PARKED, at=at, outcome=str(missing), wait=wait)


def _fail(event: StripeEvent, error: Exception, *, at: datetime) -> StripeEvent:
    event.error = f"{type(error).__name__}: {error}"[:4000]
    if event.attempts + 1 >= FAILED_TRIES:
        return _mark(event, S.DEAD, at=at, outcome="given up after repeated errors")
    wait = min(timedelta(seconds=5 * 2**event.attempts), timedelta(hours=6))
    return _postpone(event, S.FAILED, at=at, outcome="failed, will be tried again", wait=wait)


def _postpone(event: StripeEvent, status: str, *, at: datetime, outcome: str, wait: timedelta) -> StripeEvent:
    event.status, event.outcome, event.next_attempt_at = status, outcome[:300], at + wait
    event.attempts += 1
    event.save(update_fields=["status", "outcome", "next_attempt_at", "attempts", "error", "waits_for"])
    return event


def _mark(event: StripeEvent, status: str, *, at: datetime, outcome: str) -> StripeEvent:
    event.status, event.outcome, event.handled_at = status, outcome[:300], at
    event.attempts += 1
    event.save(update_fields=["status", "outcome", "handled_at", "attempts", "error"])
    return event
