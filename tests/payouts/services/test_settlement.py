"""What becomes of a payout, and that each end moves its reserve exactly once."""

import pytest
from django.db import IntegrityError, transaction

from credits.models import LedgerEntry, Reward
from credits.services.books import check_books
from events.models import Event
from payouts.errors import FourEyes, PayoutError, PayoutRefused, WrongState
from payouts.models import Payout, PayoutMethod
from payouts.services.release import mark_failed, mark_paid, release_payout, release_waiting, retry_payout
from payouts.services.requests import request_payout
from payouts.services.settlement import (
    cancel_payout,
    complete_payout,
    fail_payout,
    lock_payout,
    move_payout,
    note_return,
)
from tests.cast import refund
from tests.payouts.cast import DAY, LATER, buckets, connect_account, earn, make_method, rewards_in
from tests.threads import run_at_once

P = Payout.Status
BOB = "staff:bob"


@pytest.fixture
def action(alice, transfers):
    return earn(alice, 25_00)


@pytest.fixture
def payout(alice, transfers, action) -> Payout:
    return request_payout(alice.person, transfers, actor=BOB, at=LATER)


@pytest.fixture
def sent(payout) -> Payout:
    return send(payout)


@pytest.fixture
def by_hand(alice, program, action) -> Payout:
    manual = make_method(program, PayoutMethod.Kind.MANUAL)
    return request_payout(alice.person, manual, actor=BOB, at=LATER)


@transaction.atomic
def send(payout) -> Payout:
    payout = lock_payout(payout.pk)
    move_payout(payout, P.PROCESSING, at=LATER)
    return payout


def status_of(payout) -> str:
    return Payout.objects.get(pk=payout.pk).status


def test_completing_pays_the_reserve_and_issues_the_rewards(alice, sent):
    complete_payout(sent, at=LATER + DAY)
    complete_payout(sent, at=LATER + 2 * DAY)

    payout = Payout.objects.get(pk=sent.pk)
    assert (payout.status, payout.ended_at) == ("completed", LATER + DAY)
    assert buckets(alice.person) == (0, 0, 25_00)
    assert rewards_in(payout) == [(25_00, "issued")]
    assert payout.items.get().reward.issued_at == LATER + DAY
    assert LedgerEntry.objects.get(kind="pay").key == f"pay:{payout.uid}"
    assert check_books(at=LATER).differences == []


def test_failing_gives_all_of_it_back(alice, sent):
    fail_payout(sent, error="account_closed", at=LATER + DAY)
    fail_payout(sent, error="again", at=LATER + DAY)

    payout = Payout.objects.get(pk=sent.pk)
    assert (payout.status, payout.error) == ("failed", "account_closed")
    assert buckets(alice.person) == (25_00, 0, 0)
    assert rewards_in(payout) == [(25_00, "available")]
    assert check_books(at=LATER).differences == []


@pytest.mark.parametrize("end", [P.COMPLETED, P.FAILED, P.CANCELLED])
def test_what_has_ended_does_not_move_again(payout, end):
    if end == P.CANCELLED:
        cancel_payout(payout, actor=BOB, at=LATER)
    else:
        send(payout)
        complete_payout(payout, at=LATER) if end == P.COMPLETED else fail_payout(payout, error="x", at=LATER)
    entries = LedgerEntry.objects.count()

    others = {
        P.COMPLETED: lambda: complete_payout(payout, at=LATER),
        P.FAILED: lambda: fail_payout(payout, error="x", at=LATER),
        P.CANCELLED: lambda: cancel_payout(payout, actor=BOB, at=LATER),
    }
    for status, act in others.items():
        if status == end and end != P.CANCELLED:
            act()  # the same again is harmless
            continue
        with pytest.raises(WrongState):
            act()

    assert (status_of(payout), LedgerEntry.objects.count()) == (end, entries)


def test_ends_that_race_leave_one(transactional_db, alice, sent):
    outcomes = run_at_once(
        *[lambda: complete_payout(sent, at=LATER)] * 10, *[lambda: fail_payout(sent, error="x", at=LATER)] * 10
    )

    won = {outcome.status for outcome in outcomes if isinstance(outcome, Payout)}
    assert won == {status_of(sent)}
    assert {type(outcome) for outcome in outcomes} == {Payout, WrongState}
    assert LedgerEntry.objects.filter(kind__in=["pay", "release"]).count() == 1
    assert check_books(at=LATER).differences == []


def test_cancelling_before_it_is_sent_gives_it_back_with_who_did(alice, payout):
    cancel_payout(payout, actor=BOB, at=LATER, reason="asked twice")

    assert buckets(alice.person) == (25_00, 0, 0)
    assert Payout.objects.get(pk=payout.pk).error == "staff:bob: asked twice"


def test_what_may_have_left_cannot_be_cancelled(sent):
    with pytest.raises(WrongState):
        cancel_payout(sent, actor=BOB, at=LATER)


def test_what_comes_back_is_available_again_and_nothing_is_edited(alice, sent, transfers):
    complete_payout(sent, at=LATER)

    note_return(sent, returned=10_00, at=LATER + DAY)
    note_return(sent, returned=10_00, at=LATER + DAY)
    note_return(sent, returned=4_00, at=LATER + DAY)  # told late
    note_return(sent, returned=25_00, at=LATER + DAY)

    payout = Payout.objects.get(pk=sent.pk)
    assert (payout.status, payout.amount, payout.returned_amount) == ("completed", 25_00, 25_00)
    assert rewards_in(payout) == [(25_00, "issued")]
    assert list(LedgerEntry.objects.filter(kind="return").values_list("amount", flat=True)) == [10_00, 15_00]
    assert buckets(alice.person) == (25_00, 0, 0)
    again = request_payout(alice.person, transfers, actor=BOB, at=LATER + DAY)
    assert (again.amount, again.carried_amount, rewards_in(again)) == (25_00, 25_00, [])
    assert check_books(at=LATER).differences == []


def test_what_did_not_arrive_cannot_come_back(sent):
    with pytest.raises(WrongState):
        note_return(sent, returned=1, at=LATER)


def test_refund_after_the_payout_leaves_it_and_makes_the_person_owe(alice, sent, action, transfers):
    complete_payout(sent, at=LATER)
    before = Payout.objects.filter(pk=sent.pk).values().get()
    reward = sent.items.get().reward
    was = Reward.objects.filter(pk=reward.pk).values().get()

    refund(action, 100_00, key="re_1", at=LATER + DAY)

    assert Reward.objects.filter(pk=reward.pk).values().get() == was
    assert Payout.objects.filter(pk=sent.pk).values().get() == before
    line = LedgerEntry.objects.get(reward=reward, kind="clawback")
    assert (line.debit, line.credit, line.amount) == ("available", "expense", 25_00)
    assert buckets(alice.person) == (-25_00, 0, 25_00)
    earn(alice, 60_00, at=LATER + DAY)
    assert request_payout(alice.person, transfers, actor=BOB, at=LATER + DAY).amount == 35_00
    assert check_books(at=LATER).differences == []


@pytest.mark.parametrize(("part", "left", "status"), [(40_00, 15_00, "available"), (100_00, 0, "reverted")])
def test_refund_on_the_way_and_then_a_failure(alice, sent, action, part, left, status):
    refund(action, part, at=LATER)
    assert buckets(alice.person)[0] == left - 25_00

    fail_payout(sent, error="account_closed", at=LATER + DAY)

    reward = sent.items.get().reward
    assert (reward.status, reward.reversed_amount) == (status, 25_00 - left)
    assert buckets(alice.person) == (left, 0, 0)
    assert check_books(at=LATER).differences == []


def test_whoever_requested_it_cannot_release_it(alice, transfers, action):
    transfers.hold_above = 0
    transfers.save()
    payout = request_payout(alice.person, transfers, actor=BOB, at=LATER)

    with pytest.raises(FourEyes):
        release_payout(payout, actor=BOB, at=LATER)
    assert status_of(payout) == "held"

    release_payout(payout, actor="staff:erin", at=LATER)
    assert status_of(payout) == "pending"
    with pytest.raises(WrongState):
        release_payout(payout, actor="staff:erin", at=LATER)


def test_the_database_itself_wants_four_eyes(payout):
    with pytest.raises(IntegrityError, match="payout_has_four_eyes"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(released_by=BOB)


def test_a_changed_accounts_hold_passes_by_itself_and_no_other_does(alice, program, transfers, action):
    connect_account(alice.person, "acct_other", at=LATER)
    payout = request_payout(alice.person, transfers, actor=BOB, at=LATER)

    assert release_waiting(at=LATER + 7 * DAY - DAY / 86400) == 0
    assert release_waiting(at=LATER + 7 * DAY) == 1
    assert (status_of(payout), Payout.objects.get(pk=payout.pk).released_by) == ("pending", "")

    Payout.objects.filter(pk=payout.pk).update(status="held", holds=["account", "amount"])
    assert release_waiting(at=LATER + 70 * DAY) == 0


def test_a_failed_payout_is_tried_again_as_a_new_one(alice, sent):
    fail_payout(sent, error="account_closed", at=LATER)
    connect_account(alice.person, "acct_new", at=LATER - 30 * DAY)

    again = retry_payout(Payout.objects.get(pk=sent.pk), actor=BOB, at=LATER)

    assert (again.pk != sent.pk, again.amount, again.destination) == (True, 25_00, "acct_new")
    with pytest.raises(PayoutRefused):
        retry_payout(Payout.objects.get(pk=sent.pk), actor=BOB, at=LATER)


def test_only_a_failed_payout_is_tried_again(payout):
    with pytest.raises(WrongState):
        retry_payout(payout, actor=BOB, at=LATER)


def test_paid_by_hand_with_a_reference(alice, by_hand):
    mark_paid(by_hand, actor=BOB, reference=" SEPA 4711 ", at=LATER)

    payout = Payout.objects.get(pk=by_hand.pk)
    assert (payout.status, payout.reference) == ("completed", "SEPA 4711 (staff:bob)")
    assert buckets(alice.person) == (0, 0, 25_00)


def test_paying_by_hand_needs_a_reference(by_hand):
    with pytest.raises(PayoutError):
        mark_paid(by_hand, actor=BOB, reference=" ", at=LATER)
    assert status_of(by_hand) == "pending"


def test_paying_by_hand_may_fail(alice, by_hand):
    mark_failed(by_hand, actor=BOB, error="no such account", at=LATER)

    assert (status_of(by_hand), buckets(alice.person)) == ("failed", (25_00, 0, 0))


def test_nobody_pays_by_hand_what_stripe_pays(payout):
    with pytest.raises(WrongState):
        mark_paid(payout, actor=BOB, reference="x", at=LATER)


@pytest.mark.parametrize("fact", ["payout.cancelled", "payout.requested"])
def test_ends_are_told(payout, fact):
    cancel_payout(payout, actor=BOB, at=LATER)

    assert Event.objects.filter(subject=payout.uid, kind=fact).count() == 1
