"""What happened to a payout, from its events."""

from collections.abc import Callable

from credits.admin.timeline import Moment
from credits.models.money import display as money
from events.models import Event
from payouts.admin.wording import HOLD_NAMES
from payouts.models import Payout
from referrals.admin.wording import actor_name

MOST = 200
Told = tuple[str, str, str]


def tell_payout(payout: Payout) -> list[Moment]:
    """Oldest first."""
    events = Event.objects.filter(subject=payout.uid).order_by("id")[:MOST]
    return [_tell(event) for event in events]


def _tell(event: Event) -> Moment:
    icon, title, detail = TELL.get(event.kind, _other)(event)
    actor = event.data.get("actor") or event.data.get("released_by") or "system"
    return Moment(event.occurred_at, icon, title, detail, by=actor_name(str(actor)))


def _requested(event: Event) -> Told:
    holds = ", ".join(HOLD_NAMES.get(hold, hold) for hold in event.data.get("holds", []))
    amount = money(event.data.get("amount", 0), event.data.get("currency", "USD"))
    return "request_quote", f"Requested, {amount} set aside", f"Held: {holds}" if holds else ""


def _held(event: Event) -> Told:
    holds = ", ".join(HOLD_NAMES.get(hold, hold) for hold in event.data.get("holds", []))
    return "front_hand", "Held before it was sent", holds


def _pending(event: Event) -> Told:
    if event.data.get("released_by"):
        return "lock_open", "Released", ""
    if event.data.get("before", {}).get("status") == Payout.Status.HELD:
        return "lock_open", "Let go: the account's time has passed", ""
    return "schedule_send", "To be sent again", str(event.data.get("error", ""))


def _sent(event: Event) -> Told:
    return "outbox", "Stripe has it", f"{event.data.get('stripe_id', '')}, attempt {event.data.get('attempt', 1)}"


def _returned(event: Event) -> Told:
    return "undo", f"{money(event.data['amount'], event.data['currency'])} came back", "The next payout takes it along."


def _plain(icon: str, title: str) -> Callable[[Event], Told]:
    def tell(event: Event) -> Told:
        return icon, title, str(event.data.get("error") or event.data.get("reference") or "")

    return tell


def _other(event: Event) -> Told:
    return "event", event.kind.partition(".")[2].replace("_", " ").capitalize(), ""


TELL: dict[str, Callable[[Event], Told]] = {
    "payout.requested": _requested,
    "payout.held": _held,
    "payout.pending": _pending,
    "payout.processing": _plain("send", "About to be sent"),
    "payout.sent": _sent,
    "payout.completed": _plain("task_alt", "Completed"),
    "payout.failed": _plain("error", "Failed"),
    "payout.cancelled": _plain("cancel", "Cancelled"),
    "payout.returned": _returned,
}
