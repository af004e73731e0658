"""Having Stripe carry out a payout: once, whatever happens on the way. Stripe is asked outside of transactions."""

from datetime import timedelta

import pytest
from django.db import transaction

from credits.models import Reversal
from credits.services.books import check_books
from events.models import Event
from payouts.models import Payout, PayoutAttempt, PayoutMethod
from payouts.services.confirming import confirm_due
from payouts.services.release import release_payout
from payouts.services.requests import request_payout
from payouts.services.sending import send_due, send_payout
from tests.cast import refund, tell_reversal
from tests.payouts.cast import DAY, LATER, buckets, connect_account, earn, make_method, rewards_in
from tests.threads import run_at_once

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TRIES = 3  # of the SDK itself, for one call of ours


@pytest.fixture
def payout(alice, transfers) -> Payout:
    earn(alice, 25_00)
    return request_payout(alice.person, transfers, actor="system", at=LATER)


def reread(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def transfers_at(stripe) -> list[tuple[int, str, str]]:
    made = [form for method, path, form in stripe.requests if (method, path) == ("POST", "/v1/transfers")]
    assert len({form["transfer_group"] for form in made}) <= 1
    return [(event["data"]["object"]["amount"], event["data"]["object"]["currency"],
             event["data"]["object"]["destination"]) for event in stripe.take_events("transfer.created")]  # fmt: skip


def settle(stripe, clock, payout, *, steps: int = 60) -> Payout:
    """Sweep on as beat would, for two days if need be, until the payout has ended."""
    for _ in range(steps):
        clock.now += HOUR
        send_due(at=clock.now)
        confirm_due(at=clock.now)
        if reread(payout).ended_at:
            break
    return reread(payout)


def test_a_transfer_is_made_with_our_own_key_and_names_the_payout(stripe, payout):
    assert send_due(at=LATER) == 1

    payout = reread(payout)
    attempt = payout.attempts.get()
    assert (payout.status, payout.sent_at) == ("processing", LATER)
    assert (attempt.key, attempt.outcome, attempt.stripe_id) == (f"payout-{payout.uid}-1", "accepted", payout.stripe_id)
    method, path, form = stripe.requests[-1]
    assert (method, path) == ("POST", "/v1/transfers")
    assert form == {
        "amount": "2500",
        "currency": "usd",
        "destination": "acct_alice",
        "transfer_group": str(payout.uid),
        "metadata": {"payout": str(payout.uid)},
    }


def test_sent_is_not_settled(alice, stripe, payout):
    send_due(at=LATER)
    assert buckets(alice.person) == (0, 25_00, 0)
    assert rewards_in(payout) == [(25_00, "processing")]

    assert confirm_due(at=LATER) == 1

    assert (reread(payout).status, reread(payout).ended_at) == ("completed", LATER)
    assert buckets(alice.person) == (0, 0, 25_00)
    assert rewards_in(payout) == [(25_00, "issued")]
    assert check_books(at=LATER).differences == []


def test_each_step_is_told(stripe, payout):
    send_due(at=LATER)
    confirm_due(at=LATER)

    kinds = Event.objects.filter(subject=payout.uid).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["payout.requested", "payout.processing", "payout.sent", "payout.completed"]
    assert Event.objects.filter(kind="reward.issued").count() == 1


def test_credit_goes_to_the_customers_balance(alice, program, stripe, transfers):
    connect_account(alice.person, "cus_alice")
    credit = make_method(program, PayoutMethod.Kind.STRIPE_BALANCE)
    earn(alice, 25_00)
    payout = request_payout(alice.person, credit, actor="system", at=LATER)

    send_due(at=LATER)
    confirm_due(at=LATER)

    method, path, form = stripe.requests[-2]
    assert (method, path) == ("POST", "/v1/customers/cus_alice/balance_transactions")
    assert (form["amount"], form["currency"]) == ("-2500", "usd")
    assert reread(payout).status == "completed"


def test_manual_held_and_young_payouts_are_not_sent(alice, program, stripe, transfers):
    manual = make_method(program, PayoutMethod.Kind.MANUAL)
    earn(alice, 25_00)
    request_payout(alice.person, manual, actor="system", at=LATER)

    assert send_due(at=LATER) == 0
    assert list(stripe.requests) == []


def test_twenty_workers_send_it_once(transactional_db, stripe, payout):
    outcomes = run_at_once(*[lambda: send_payout(payout.pk, at=LATER)] * 20)

    assert sorted(map(bool, outcomes)) == [False] * 19 + [True]
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "rate_limited", "error_before", "error_after"])
def test_whatever_the_network_does_one_transfer_is_made(alice, stripe, clock, payout, fault):
    stripe.fail(fault, times=TRIES, path="/v1/transfers", method="POST")

    send_due(at=LATER)
    assert (reread(payout).status, buckets(alice.person)) == ("processing", (0, 25_00, 0))
    payout = settle(stripe, clock, payout)

    assert payout.status == "completed"
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]
    assert buckets(alice.person) == (0, 0, 25_00)
    assert payout.attempts.exclude(outcome__in=["accepted", "abandoned"]).count() == 0
    assert check_books(at=clock.now).differences == []


def test_a_timeout_after_the_transfer_was_made_is_looked_up_and_not_repeated(stripe, clock, payout):
    stripe.fail("lost_after", times=TRIES, path="/v1/transfers", method="POST")
    send_due(at=LATER)
    posts = [path for method, path, _ in stripe.requests if method == "POST"]

    send_due(at=LATER + 2 * MINUTE)

    assert [path for method, path, _ in stripe.requests if method == "POST"] == posts
    assert stripe.requests[-1][:2] == ("GET", "/v1/transfers")
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]
    assert reread(payout).stripe_id != ""


def test_nothing_is_asked_again_before_its_time(stripe, payout):
    stripe.fail("lost_after", times=TRIES, path="/v1/transfers", method="POST")
    send_due(at=LATER)

    assert send_due(at=LATER + 2 * MINUTE - timedelta(microseconds=1)) == 0
    assert send_due(at=LATER + 2 * MINUTE) == 1


def test_a_key_that_stripe_may_have_forgotten_is_not_used_again(stripe, clock, payout):
    """A day later the key would be a new request: Stripe is searched, and a new attempt is made under a new key."""
    stripe.fail("lost_before", times=100 * TRIES, path="/v1/transfers")
    while clock.now < LATER + 20 * HOUR:
        send_due(at=clock.now)
        clock.now += HOUR
    stripe.faults.clear()

    payout = settle(stripe, clock, payout)

    keys = payout.attempts.values_list("key", "outcome")
    assert list(keys) == [(f"payout-{payout.uid}-1", "abandoned"), (f"payout-{payout.uid}-2", "accepted")]
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]


def test_an_old_attempt_that_did_arrive_is_found_however_late(stripe, clock, payout):
    stripe.fail("lost_after", times=TRIES, path="/v1/transfers", method="POST")
    send_due(at=LATER)
    clock.now = LATER + 30 * HOUR

    send_due(at=clock.now)
    confirm_due(at=clock.now)

    assert reread(payout).status == "completed"
    assert payout.attempts.get().outcome == "accepted"
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]


def test_a_definite_refusal_gives_the_reserve_back(alice, stripe, payout):
    stripe.change_account("acct_alice", capabilities={"transfers": "inactive"})

    send_due(at=LATER)

    payout = reread(payout)
    assert (payout.status, payout.ended_at) == ("failed", LATER)
    assert payout.error
    assert payout.attempts.get().outcome == "refused"
    assert buckets(alice.person) == (25_00, 0, 0)
    assert rewards_in(payout) == [(25_00, "available")]
    assert check_books(at=LATER).differences == []


def test_an_empty_account_of_ours_is_waited_for(alice, stripe, clock, payout):
    stripe.set_balance("usd", 10_00)
    send_due(at=LATER)
    assert (reread(payout).status, buckets(alice.person)) == ("pending", (0, 25_00, 0))
    assert "balance_insufficient" in reread(payout).error
    stripe.set_balance("usd", 100_00)

    payout = settle(stripe, clock, payout)

    assert (payout.status, payout.attempts.count()) == ("completed", 2)
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]


def test_without_a_key_nothing_is_sent_and_nothing_is_lost(alice, stripe, payout):
    payout.tenant.stripe_api_key = ""
    payout.tenant.save()

    send_due(at=LATER)

    assert (reread(payout).status, list(stripe.requests)) == ("pending", [])
    assert reread(payout).error == "The tenant has no Stripe API key."


def test_a_refusal_to_look_something_up_is_no_refusal_to_pay(stripe, payout):
    stripe.fail("lost_after", times=TRIES, path="/v1/transfers", method="POST")
    send_due(at=LATER)
    payout.tenant.stripe_api_key = "sk_test_wrong"
    payout.tenant.save()

    send_due(at=LATER + HOUR)

    assert reread(payout).status == "processing"


def test_who_owes_by_then_is_not_paid(alice, stripe, transfers, payout):
    """Alice has 25.00 in a payout, and owes 20.00 of what she was paid before."""
    send_due(at=LATER)
    confirm_due(at=LATER)
    earn(alice, 10_00)
    second = request_payout(alice.person, transfers, actor="system", at=LATER + DAY)
    first_action = rewards_of_payout(payout)[0].action
    refund(first_action, 80_00, at=LATER + DAY)

    send_due(at=LATER + DAY)

    assert reread(second).status == "cancelled"
    assert buckets(alice.person) == (-10_00, 0, 25_00)
    assert transfers_at(stripe) == [(25_00, "usd", "acct_alice")]
    assert check_books(at=LATER + DAY).differences == []


def rewards_of_payout(payout):
    return [item.reward for item in payout.items.select_related("reward__action")]


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_refunded_on_the_way_is_made_good(alice, stripe, payout, when):
    """A refund between request and sending, or between sending and confirmation, comes off the next payout."""
    action = rewards_of_payout(payout)[0].action
    if when == "after":
        send_due(at=LATER)
    refund(action, 40_00, at=LATER)
    if when == "before":
        send_due(at=LATER)
        assert reread(payout).status == "cancelled"
        assert rewards_in(payout) == [(25_00, "available")]
        assert buckets(alice.person) == (15_00, 0, 0)
    else:
        confirm_due(at=LATER)
        assert reread(payout).status == "completed"
        assert buckets(alice.person) == (-10_00, 0, 25_00)
    assert check_books(at=LATER).differences == []


def test_a_dispute_opened_meanwhile_holds_it(alice, stripe, payout):
    action = rewards_of_payout(payout)[0].action
    tell_reversal(action, Reversal.Kind.DISPUTE, "dp_1", 100_00, state=Reversal.State.OPEN, at=LATER)

    send_due(at=LATER)

    assert (reread(payout).status, reread(payout).holds) == ("held", ["dispute"])
    assert list(stripe.requests) == []


def test_a_second_persons_release_accepts_the_reasons_known_then_and_no_others(alice, stripe, transfers):
    transfers.hold_above = 0
    transfers.save()
    action = earn(alice, 25_00)
    payout = request_payout(alice.person, transfers, actor="system", at=LATER)
    release_payout(payout, actor="staff:bob", at=LATER)
    tell_reversal(action, Reversal.Kind.DISPUTE, "dp_1", 100_00, state=Reversal.State.OPEN, at=LATER)

    send_due(at=LATER)
    assert (reread(payout).status, reread(payout).released_by) == ("held", "")
    release_payout(payout, actor="staff:bob", at=LATER)
    send_due(at=LATER)

    assert reread(payout).status == "processing"


@pytest.mark.parametrize("stop", ["blocked", "paused"])
def test_a_blocked_person_and_a_paused_program_wait(alice, program, stripe, payout, stop):
    if stop == "blocked":
        alice.person.blocked_at = LATER
        alice.person.save()
    else:
        program.is_active = False
        program.save()

    send_due(at=LATER)

    assert (reread(payout).status, list(stripe.requests)) == ("pending", [])
    assert PayoutAttempt.objects.count() == 0


def test_stripe_is_not_asked_inside_a_transaction(payout, stripe):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        send_payout(payout.pk, at=LATER)
