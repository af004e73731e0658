"""A crash between any two statements of any handler: nothing of it is left, and the next try does it all, once."""

from itertools import count

import pytest
from django.db import connection

from credits.models import LedgerEntry
from credits.services.books import check_books
from events.models import Event
from payouts.handlers.dispatch import HANDLERS, handle_due
from payouts.models import Payout, PayoutMethod, StripeEvent
from payouts.services.inbox import store_event
from payouts.services.requests import request_payout
from payouts.services.sending import send_due
from tenants.models import Tenant
from tests.cast import make_member, make_program, make_tenant
from tests.payouts.cast import buckets, connect_account, earn, make_method
from tests.payouts.conftest import API_KEY
from tests.payouts.crashes import Crash, Fuse
from tests.stripe_objects import Thing, checkout, event, payment_method

pytestmark = pytest.mark.django_db(transaction=True)
LEAST_POINTS = 250
CAST = {"alice", "dana"}
Line = tuple[str, str, str, str, int]


def make_world(alias: str, stripe) -> Tenant:
    """Alice refers people to it, and her connected account is at Stripe."""
    tenant = make_tenant(alias, stripe_api_key=API_KEY)
    program = make_program(tenant)
    alice = make_member(program, "alice", code="ALICE")
    connect_account(alice.person, f"acct_{alias}")
    stripe.open_account(f"acct_{alias}")
    make_method(program, PayoutMethod.Kind.STRIPE_TRANSFER)
    return tenant


def happen(tenant: Tenant, stripe, clock):
    """All that Stripe tells of in a long story, one event at a time, as it happens."""
    name = tenant.alias
    customer, invoice = f"cus_{name}", f"in_{name}"
    stripe.open_customer(customer, email="dana@dana.example", metadata={"user_id": "dana"})
    yield from stripe.take_events()
    yield event("payment_method.attached", payment_method(customer=customer))
    session = checkout(customer=customer, invoice=invoice, client_reference_id="ALICE")
    yield event("checkout.session.completed", session)
    stripe.pay_invoice(customer, 100_00, invoice=invoice, card="fp_dana")
    yield from stripe.take_events()
    charge = next(thing for thing in stripe.store.select("charge") if thing["customer"] == customer)
    refund = stripe.refund(charge=charge["id"], amount=30_00)[0]["data"]["object"]
    yield from stripe.take_events()
    stripe.fail_refund(refund["id"])
    yield from stripe.take_events()
    dispute = stripe.open_dispute(charge["id"], amount=20_00)[0]["data"]["object"]
    stripe.close_dispute(dispute["id"], won=False)
    yield from stripe.take_events()
    stripe.credit_invoice(invoice, 10_00)
    note = next(thing for thing in stripe.store.select("credit_note") if thing["invoice"] == invoice)
    stripe.void_credit_note(note["id"])
    yield from stripe.take_events()
    yield from pay_out(tenant, stripe, clock)
    stripe.void_invoice(invoice)
    yield from stripe.take_events()


def pay_out(tenant: Tenant, stripe, clock):
    """What Alice had before is paid out, and a part of it comes back."""
    method = PayoutMethod.objects.get(tenant=tenant)
    alice = method.program.members.get(person__external_id="alice")
    earn(alice, 25_00)
    payout = request_payout(alice.person, method, actor="system", at=clock.now)
    send_due(at=clock.now)
    yield from stripe.take_events()
    stripe.reverse_transfer(Payout.objects.get(pk=payout.pk).stripe_id, amount=10_00)
    yield from stripe.take_events()


def handle_with_crashes(tenant: Tenant, told: Thing, clock) -> int:
    """Handle an event, dying at its first statement, then at its second, and so on; return how often it died."""
    stored, _ = store_event(tenant, told, at=clock.now)
    before = footprint()
    for length in count():
        try:
            with connection.execute_wrapper(Fuse(length)):
                handle_due(at=clock.now)
        except Crash:
            connection.close()
        stored.refresh_from_db()
        if stored.status != StripeEvent.Status.RECEIVED:  # committed before it died, if it did
            return length
        assert footprint() == before
    raise AssertionError


def footprint() -> tuple[int, ...]:
    waiting = StripeEvent.objects.filter(status=StripeEvent.Status.RECEIVED).count()
    return waiting, LedgerEntry.objects.count(), Event.objects.count(), StripeEvent.objects.count()


def books_of(tenant: Tenant) -> list[Line]:
    entries = LedgerEntry.objects.filter(tenant=tenant, person__external_id__in=CAST).order_by("pk")
    return list(entries.values_list("person__external_id", "kind", "debit", "credit", "amount"))


def test_a_crash_in_any_handler_leaves_nothing_and_the_next_try_all(stripe, clock):
    calm, shaken = make_world("calm", stripe), make_world("shaken", stripe)
    for told in happen(calm, stripe, clock):
        store_event(calm, told, at=clock.now)
        handle_due(at=clock.now)

    points, kinds = 0, set()
    for told in happen(shaken, stripe, clock):
        died = handle_with_crashes(shaken, told, clock)
        points += died
        kinds |= {told["type"]} & set(HANDLERS)

    assert StripeEvent.objects.exclude(status__in=["handled", "ignored"]).count() == 0
    assert books_of(shaken) == books_of(calm)
    assert books_of(shaken) != []
    alices = [tenant.payouts.get().person for tenant in (calm, shaken)]
    assert buckets(alices[0]) == buckets(alices[1])
    assert check_books(at=clock.now).differences == []
    assert {HANDLERS[kind] for kind in kinds} == set(HANDLERS.values())
    assert points >= LEAST_POINTS
