"""Our books beside Stripe's: what differs is named, and what was never received is fetched and handled."""

from datetime import timedelta

import pytest

from config.demo.stripe import objects
from payouts.handlers.dispatch import handle_due
from payouts.models import Payout, PayoutMethod, StripeCheck, StripeEvent
from payouts.services.confirming import confirm_due
from payouts.services.reconciliation import reconcile_due, reconcile_tenant
from payouts.services.requests import request_payout
from payouts.services.sending import send_due
from payouts.services.settlement import note_return
from tests.payouts.cast import DAY, LATER, buckets, connect_account, earn, make_method

HOUR = timedelta(hours=1)


@pytest.fixture
def paid(alice, transfers, stripe, clock) -> Payout:
    """Alice was paid 25.00, and Stripe's events of it were received."""
    earn(alice, 25_00)
    payout = request_payout(alice.person, transfers, actor="system", at=LATER)
    send_due(at=LATER)
    confirm_due(at=LATER)
    receive_all(transfers.tenant, stripe)
    clock.now = LATER + 2 * HOUR
    return Payout.objects.get(pk=payout.pk)


def receive_all(tenant, stripe):
    for event in stripe.take_events():
        StripeEvent.objects.create(
            tenant=tenant, event_id=event["id"], type=event["type"], livemode=False, payload=event,
            created_at=LATER, received_at=LATER, next_attempt_at=LATER + 99 * DAY,
        )  # fmt: skip


def differences(tenant, clock) -> list[str]:
    return reconcile_tenant(tenant, at=clock.now).differences


def test_books_that_agree_say_so(acme, paid, clock):
    check = reconcile_tenant(acme, at=clock.now)

    assert (check.ok, check.differences, check.payouts, check.fetched) == (True, [], 1, 0)
    assert check.events > 0


def test_a_payout_that_stripe_does_not_have_is_named(acme, alice, paid, transfers, clock):
    Payout.objects.filter(pk=paid.pk).update(uid="6b1f7d0e-3c1c-4e57-9d13-000000000000")

    lost, strange = differences(acme, clock)

    assert lost == "payout 6b1f7d0e-3c1c-4e57-9d13-000000000000 (completed) is not at Stripe"
    assert strange == f"{paid.stripe_id} is for {paid.uid}, which is no payout of ours"


def test_a_transfer_of_a_payout_that_failed_here_is_named(acme, paid, clock):
    Payout.objects.filter(pk=paid.pk).update(status="failed")

    assert differences(acme, clock) == [f"payout {paid.uid} (failed) is at Stripe as {paid.stripe_id}"]


def test_a_second_transfer_for_one_payout_is_named(acme, paid, stripe, clock):
    twin = objects.transfer(
        "tr_twin", amount=25_00, currency="usd", destination="acct_alice",
        metadata={"payout": str(paid.uid)}, at=LATER,
    )  # fmt: skip
    stripe.put(twin)

    assert differences(acme, clock) == [
        f"payout {paid.uid} (completed) is at Stripe 2 times: tr_twin, {paid.stripe_id}"
    ]


def test_another_amount_is_named(acme, paid, clock):
    Payout.objects.filter(pk=paid.pk).update(amount=24_00)

    (line,) = differences(acme, clock)

    assert line.startswith(f"payout {paid.uid} (completed) is (2400, 'USD', 'acct_alice', 0) here")


def test_a_reversal_that_was_never_told_is_named_and_then_fetched(acme, alice, paid, stripe, clock):
    stripe.reverse_transfer(paid.stripe_id, amount=10_00)
    stripe.take_events()
    clock.now += 2 * HOUR

    first = reconcile_tenant(acme, at=clock.now)
    handle_due(at=clock.now)

    assert first.fetched >= 1
    assert first.differences[0].startswith(f"payout {paid.uid} (completed) is (2500, 'USD', 'acct_alice', 0) here")
    assert buckets(alice.person) == (10_00, 0, 15_00)
    assert reconcile_tenant(acme, at=clock.now).ok


def test_events_of_the_last_hour_may_still_be_on_their_way(acme, paid, stripe, clock):
    stripe.reverse_transfer(paid.stripe_id, amount=10_00)

    assert reconcile_tenant(acme, at=clock.now).fetched == 0


def test_credit_is_compared_on_each_customers_balance(acme, alice, program, transfers, stripe, clock):
    connect_account(alice.person, "cus_alice")
    credit = make_method(program, PayoutMethod.Kind.STRIPE_BALANCE)
    earn(alice, 25_00)
    payout = request_payout(alice.person, credit, actor="system", at=LATER)
    send_due(at=LATER)
    confirm_due(at=LATER)
    clock.now += 2 * HOUR
    assert not [line for line in differences(acme, clock) if "payout" in line]

    Payout.objects.filter(pk=payout.pk).update(amount=20_00)

    assert differences(acme, clock)[0].startswith(f"payout {payout.uid} (completed) is (2000, ")


def test_what_came_back_is_compared(acme, paid, clock):
    note_return(paid, returned=5_00, at=LATER)

    (line,) = differences(acme, clock)

    assert "5_00" not in line
    assert "'acct_alice', 500) here and (2500, 'USD', 'acct_alice', 0) at Stripe" in line


def test_a_customer_credited_long_ago_and_again_is_no_difference(acme, alice, program, transfers, stripe, clock):
    connect_account(alice.person, "cus_alice")
    credit = make_method(program, PayoutMethod.Kind.STRIPE_BALANCE)
    for at in (LATER, LATER + 40 * DAY):
        clock.now = at
        earn(alice, 25_00, at=at)
        request_payout(alice.person, credit, actor="system", at=at)
        send_due(at=at)
        confirm_due(at=at)
    clock.now += 2 * HOUR

    assert [line for line in differences(acme, clock) if "payout" in line] == []


def test_every_tenant_with_a_key_is_reconciled_and_one_that_fails_stops_no_other(acme, globex, paid, clock):
    globex.stripe_api_key = "sk_test_wrong"
    globex.save()

    assert reconcile_due(at=clock.now) == 1

    checks = StripeCheck.objects.order_by("tenant__alias").values_list("tenant__alias", "ok")
    assert list(checks) == [("acme", True), ("globex", False)]
    assert reconcile_due(at=clock.now + 19 * HOUR) == 0  # once a day
    assert StripeCheck.objects.count() == 2
