"""What a transaction has done so far: read from what it wrote, whoever wrote it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q

from api.native.ids import PREFIXES, id_from
from credits.models import LedgerEntry, Review, Reward, RewardRule
from events.models import Delivery, Event, WebhookEndpoint
from events.models.event import CurrentTransaction
from events.services.fanning import topics_of
from payouts.models import Payout, PayoutMethod
from referrals.models import Mail, Member, Person, Program, Referral
from tenants.models import ApiKey

SUBJECTS: dict[str, Any] = {
    "referral": Referral, "action": Referral, "reward": Reward, "review": Review, "payout": Payout, "member": Member,
    "person": Person, "program": Program, "rule": RewardRule, "payout_method": PayoutMethod,
    "webhook": WebhookEndpoint, "delivery": Delivery, "key": ApiKey, "code": Member, "touch": Member, "coupon": Person,
}  # fmt: skip
CALLS = {
    PayoutMethod.Kind.STRIPE_TRANSFER: "stripe.transfers.create",
    PayoutMethod.Kind.STRIPE_BALANCE: "stripe.customers.create_balance_transaction",
}


@dataclass(frozen=True)
class Mark:
    """How far the tables that only grow had grown."""

    event: int
    entry: int
    mail: int


@dataclass(frozen=True)
class Effects:
    """In the order in which they were done; all of it ready for JSON."""

    changes: list[dict[str, Any]]
    entries: list[dict[str, Any]]
    events: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    outside_calls: list[dict[str, Any]]

    @property
    def subjects(self) -> list[str]:
        """The ids of what was changed."""
        return list(dict.fromkeys(change["object"] for change in self.changes))


def set_mark() -> Mark:
    return Mark(*(model.objects.aggregate(last=Max("pk"))["last"] or 0 for model in (Event, LedgerEntry, Mail)))


def effects_since(mark: Mark) -> Effects:
    """What this transaction did after the mark, and nothing of what others did meanwhile: an event names its
    transaction, and entries and mails are about what this one has locked.
    """
    events = list(Event.objects.filter(pk__gt=mark.event, transaction=CurrentTransaction()).order_by("pk"))
    subjects = {event.subject for event in events}
    return Effects(
        changes=[_show_change(event) for event in events],
        entries=[_show_entry(entry) for entry in _entries(mark, subjects)],
        events=[{"kind": event.kind, "subject": subject_of(event), "data": event.data} for event in events],
        messages=[*_mails(mark, subjects), *_hooks(events)],
        outside_calls=_calls(events),
    )


def subject_of(event: Event) -> str:
    """The public id of what an event is about."""
    model = SUBJECTS.get(event.kind.partition(".")[0])
    return id_from(model, event.subject) if model in PREFIXES else str(event.subject)


def _show_change(event: Event) -> dict[str, Any]:
    states = {name: event.data.get(name) for name in ("before", "after")}
    return {"object": subject_of(event), "what": event.kind, **states}


def _entries(mark: Mark, subjects: set[uuid.UUID]) -> Iterable[LedgerEntry]:
    mine = Q(reward__uid__in=subjects) | Q(payout__in=subjects)
    return LedgerEntry.objects.filter(mine, pk__gt=mark.entry).select_related("person", "reward").order_by("pk")


def _show_entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "person": id_from(Person, entry.person.uid),
        "kind": entry.kind,
        "debit": entry.debit,
        "credit": entry.credit,
        "money": {"amount": entry.amount, "currency": entry.currency},
        "reward": id_from(Reward, entry.reward.uid) if entry.reward else None,
    }


def _mails(mark: Mark, subjects: set[uuid.UUID]) -> list[dict[str, Any]]:
    mails = Mail.objects.filter(pk__gt=mark.mail, member__uid__in=subjects).order_by("pk")
    return [{"by": "email", "what": mail.kind} for mail in mails]


def _hooks(events: list[Event]) -> list[dict[str, Any]]:
    if not events:
        return []
    listening = WebhookEndpoint.objects.listening().filter(tenant=events[0].tenant_id).order_by("pk")
    endpoints = list(listening.prefetch_related("subscriptions"))
    return [
        {"by": "webhook", "what": topic, "to": endpoint.url}
        for event in events
        for endpoint in endpoints
        for topic in topics_of(event, endpoint)
    ]


def _calls(events: list[Event]) -> list[dict[str, Any]]:
    """Payouts that workers will now carry to Stripe."""
    uids = {event.subject for event in events if event.kind.startswith("payout.")}
    due = Payout.objects.filter(uid__in=uids, status=Payout.Status.PENDING).select_related("method").order_by("pk")
    return [
        {"to": CALLS[PayoutMethod.Kind(payout.method.kind)], "payout": id_from(Payout, payout.uid)}
        for payout in due
        if payout.method.kind in CALLS
    ]
