"""Comparing our books with Stripe's: each payout with its transfer, each event with the inbox."""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import structlog

from payouts import gateway
from payouts.errors import StripeInboxError
from payouts.models import Payout, PayoutMethod, StripeCheck, StripeEvent
from payouts.services.inbox import store_event
from tenants.models import Tenant

log = structlog.get_logger(__name__)
P, Kind = Payout.Status, PayoutMethod.Kind
WINDOW = timedelta(days=29)  # Stripe lists events for 30 days
DAILY = timedelta(hours=20)
SETTLING = timedelta(hours=1)  # what is younger may be on its way between the two
SHOWN = 200
UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def reconcile_tenant(tenant: Tenant, *, at: datetime) -> StripeCheck:
    """Compare a tenant's payouts of the last 29 days with Stripe, fetch events that were never received, and record
    every difference. Raises Refused or Unclear when Stripe cannot be asked; nothing is recorded then.
    """
    since = at - WINDOW
    payouts = list(_payouts_since(tenant, since))
    at_stripe = [*gateway.list_transfers(tenant, since=since), *_credits_of(tenant, payouts)]
    ours = _known_groups(tenant, {found.group for found in at_stripe})
    differences = list(compare(payouts, at_stripe, ours=ours, before=at - SETTLING))
    listed, fetched = fetch_missing_events(tenant, since=since, at=at)
    return StripeCheck.objects.create(
        tenant=tenant,
        ran_at=at,
        ok=not differences and not fetched,
        payouts=len(payouts),
        events=listed,
        fetched=len(fetched),
        differences=[*differences, *(f"event {name} was never received, and was fetched" for name in fetched)][:SHOWN],
    )


def compare(
    payouts: Iterable[Payout], at_stripe: Iterable[gateway.Found], *, ours: set[str], before: datetime
) -> Iterator[str]:
    """What differs, one line each, between payouts that settled before an instant and what Stripe has of them.

    `ours` are the ids of payouts that Stripe names and that are ours, whenever they were requested.
    """
    found: dict[str, list[gateway.Found]] = {}
    for thing in at_stripe:
        found.setdefault(thing.group, []).append(thing)
    for payout in payouts:
        things = found.pop(str(payout.uid), [])
        if payout.updated_at <= before:
            yield from _compare_one(payout, things)
    for group, things in found.items():
        if group and group not in ours:
            yield from (f"{thing.stripe_id} is for {group}, which is no payout of ours" for thing in things)


def _compare_one(payout: Payout, things: list[gateway.Found]) -> Iterator[str]:
    name = f"payout {payout.uid} ({payout.status})"
    should_be_there = payout.status in (P.PROCESSING, P.COMPLETED)
    if should_be_there and not things:
        yield f"{name} is not at Stripe"
    if things and not should_be_there:
        yield f"{name} is at Stripe as {things[0].stripe_id}"
    if len(things) > 1:
        yield f"{name} is at Stripe {len(things)} times: {', '.join(thing.stripe_id for thing in things)}"
    for thing in things:
        expected = (payout.amount, payout.currency, payout.destination, payout.returned_amount)
        told = (thing.amount, thing.currency, thing.destination, thing.reversed_amount)
        if expected != told:
            yield f"{name} is {expected} here and {told} at Stripe ({thing.stripe_id})"


def fetch_missing_events(tenant: Tenant, *, since: datetime, at: datetime) -> tuple[int, list[str]]:
    """Store Stripe's events that the inbox never received, to be handled like any other. Returns how many Stripe lists,
    and the ids of those that were missing. An event of the last hour may still be on its way.
    """
    latest = (at - SETTLING).timestamp()
    listed = [event for event in gateway.list_events(tenant, since=since) if event["created"] <= latest]
    names = [event["id"] for event in listed]
    known = set(StripeEvent.objects.filter(tenant=tenant, event_id__in=names).values_list("event_id", flat=True))
    missing = [event for event in reversed(listed) if event["id"] not in known]
    return len(listed), [event["id"] for event in missing if _store(tenant, event, at=at)]


def _store(tenant: Tenant, event: dict[str, Any], *, at: datetime) -> bool:
    try:
        return store_event(tenant, event, at=at)[1]
    except StripeInboxError as error:
        log.warning("stripe_event_not_stored", stripe_event=event["id"], error=str(error))
        return False


def _known_groups(tenant: Tenant, groups: set[str]) -> set[str]:
    """Those of some names that are payouts of the tenant, also of payouts too old to be compared."""
    names = [group for group in groups if UUID_PATTERN.fullmatch(group)]
    return {str(uid) for uid in Payout.objects.for_tenant(tenant).filter(uid__in=names).values_list("uid", flat=True)}


def _payouts_since(tenant: Tenant, since: datetime) -> Iterator[Payout]:
    by_stripe = Payout.objects.for_tenant(tenant).exclude(method__kind=Kind.MANUAL).select_related("method")
    yield from by_stripe.filter(requested_at__gte=since).order_by("pk").iterator()


def _credits_of(tenant: Tenant, payouts: Iterable[Payout]) -> Iterator[gateway.Found]:
    """What stands on the balances of the customers that we credited. Stripe lists it only customer by customer."""
    customers = {payout.destination for payout in payouts if payout.method.kind == Kind.STRIPE_BALANCE}
    for customer in sorted(customers):
        yield from (found for found in gateway.list_credits(tenant, destination=customer) if found.group)


def reconcile_due(*, at: datetime, seconds: float = 120.0) -> int:
    """Reconcile the tenants with a Stripe key that were not reconciled today; return how many agreed to be.

    One that Stripe does not answer stops no other. Stops after the given seconds; the next sweep goes on from there.
    """
    deadline = time.monotonic() + seconds
    done = StripeCheck.objects.filter(ran_at__gt=at - DAILY).values("tenant")
    tenants = Tenant.objects.filter(is_active=True).exclude(pk__in=done).order_by("pk")
    due = (tenant for tenant in tenants if tenant.stripe_api_key and time.monotonic() < deadline)
    return sum(_reconcile(tenant, at=at) for tenant in due)


def _reconcile(tenant: Tenant, *, at: datetime) -> bool:
    try:
        reconcile_tenant(tenant, at=at)
    except (gateway.Refused, gateway.Unclear) as error:
        log.warning("reconciliation_impossible", tenant=tenant.alias, error=str(error))
        StripeCheck.objects.create(
            tenant=tenant, ran_at=at, ok=False, payouts=0, events=0, fetched=0, differences=[f"Stripe: {error}"]
        )
        return False
    return True
