"""Requesting payouts: what is reserved, what holds it, and why nothing is paid."""

import pytest

from credits.models import LedgerEntry, Reversal
from credits.services.books import check_books
from events.models import Event
from payouts.errors import PayoutRefused
from payouts.models import Payout, PayoutMethod
from payouts.services.candidates import judge_candidates, payable_people
from payouts.services.requests import request_payout, request_payouts
from payouts.services.settlement import complete_payout, move_payout
from referrals.models import Identifier
from referrals.services.people import note_identifier
from tests.cast import make_member, make_person, make_program, make_referral, pay, refund, tell_reversal
from tests.payouts.cast import DAY, LATER, buckets, connect_account, earn, make_method, rewards_in
from tests.threads import run_at_once

Hold = Payout.Hold


def request(member, method, **options):
    return request_payout(member.person, method, actor="staff:bob", at=LATER, **options)


def refusal_of(member, method, **options) -> str:
    with pytest.raises(PayoutRefused) as refused:
        request(member, method, **options)
    assert Payout.objects.under_way().filter(person=member.person).count() in (0, 1)
    return refused.value.reason


def pay_out(payout):
    move_payout(payout, Payout.Status.PROCESSING, at=LATER)
    return complete_payout(payout, at=LATER)


def test_all_that_is_available_is_reserved_and_its_rewards_are_linked(alice, transfers):
    earn(alice, 25_00)
    earn(alice, 10_00)

    payout = request(alice, transfers)

    assert (payout.amount, payout.currency, payout.status, payout.carried_amount) == (35_00, "USD", "pending", 0)
    assert (payout.destination, payout.requested_by) == ("acct_alice", "staff:bob")
    assert buckets(alice.person) == (0, 35_00, 0)
    assert rewards_in(payout) == [(25_00, "processing"), (10_00, "processing")]
    entry = LedgerEntry.objects.get(kind="reserve")
    assert (entry.key, entry.payout, entry.amount) == (f"reserve:{payout.uid}", payout.uid, 35_00)
    assert Event.objects.get(kind="payout.requested").data["after"] == {"status": "pending"}
    assert check_books(at=LATER).differences == []


def test_what_is_still_in_its_hold_is_not_paid(alice, transfers):
    pay(make_referral(alice, "dana"), 100_00, at=LATER - DAY)
    assert refusal_of(alice, transfers) == "nothing"
    earn(alice, 10_00)

    assert request(alice, transfers).amount == 10_00


def test_other_currencies_stay_where_they_are(alice, transfers):
    earn(alice, 25_00)
    earn(alice, 9_000, currency="JPY")

    request(alice, transfers)

    assert buckets(alice.person, "JPY") == (9_000, 0, 0)
    assert buckets(alice.person, "USD") == (0, 25_00, 0)


def test_a_second_request_waits_for_the_first(alice, transfers):
    earn(alice, 25_00)
    request(alice, transfers)
    earn(alice, 10_00)

    assert refusal_of(alice, transfers) == "under_way"
    assert buckets(alice.person) == (10_00, 25_00, 0)


def test_twenty_requests_at_once_reserve_once(transactional_db, alice, transfers):
    earn(alice, 25_00)

    outcomes = run_at_once(*[lambda: request(alice, transfers)] * 20)

    made = [outcome for outcome in outcomes if isinstance(outcome, Payout)]
    refused = [outcome.reason for outcome in outcomes if isinstance(outcome, PayoutRefused)]
    assert (len(made), refused) == (1, ["under_way"] * 19)
    assert buckets(alice.person) == (0, 25_00, 0)
    assert check_books(at=LATER).differences == []


@pytest.mark.parametrize("delta", [1, 0])
def test_below_the_minimum_it_waits(alice, transfers, delta):
    transfers.minimum_amount = 25_00 + delta
    transfers.save()
    earn(alice, 25_00)

    if delta:
        assert refusal_of(alice, transfers) == "below_minimum"
    else:
        assert request(alice, transfers).amount == 25_00


@pytest.mark.parametrize(("above", "status", "holds"), [(24_99, "held", ["amount"]), (25_00, "pending", [])])
def test_above_the_methods_amount_it_waits_for_a_second_person(alice, transfers, above, status, holds):
    transfers.hold_above = above
    transfers.save()
    earn(alice, 25_00)

    payout = request(alice, transfers)

    assert (payout.status, payout.holds) == (status, holds)
    assert buckets(alice.person) == (0, 25_00, 0)


def test_an_open_review_of_either_side_holds_it(alice, transfers):
    earn(alice, 25_00)
    referral = make_member(alice.program, "rob").person
    connect_account(referral, "acct_rob")
    suspicious = earn(alice, 5_00).referral
    for person in (alice.person, suspicious.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=LATER)
    pay(suspicious, 50_00, at=LATER)
    assert suspicious.reviews.get().status == "open"
    connect_account(suspicious.referred, "acct_suspicious")

    assert request(alice, transfers).holds == ["review"]
    assert request_payout(suspicious.referred, transfers, actor="system", at=LATER).holds == ["review"]


def test_an_open_dispute_holds_it(alice, transfers):
    action = earn(alice, 25_00)
    tell_reversal(action, Reversal.Kind.DISPUTE, "dp_1", 100_00, state=Reversal.State.OPEN, at=LATER)

    assert request(alice, transfers).holds == ["dispute"]


def test_a_changed_account_holds_it_for_some_days(alice, transfers):
    earn(alice, 25_00)
    connect_account(alice.person, "acct_other", at=LATER - 6 * DAY)

    payout = request(alice, transfers)

    assert (payout.status, payout.holds, payout.destination) == ("held", ["account"], "acct_other")
    assert payout.held_until == LATER + DAY


def test_a_first_account_and_the_same_account_again_hold_nothing(alice, transfers):
    earn(alice, 25_00)
    connect_account(alice.person, "acct_alice", at=LATER)

    assert request(alice, transfers).status == "pending"


def test_all_reasons_are_told(alice, transfers):
    transfers.hold_above = 0
    transfers.save()
    action = earn(alice, 25_00)
    tell_reversal(action, Reversal.Kind.DISPUTE, "dp_1", 100_00, state=Reversal.State.OPEN, at=LATER)
    connect_account(alice.person, "acct_other", at=LATER)

    assert request(alice, transfers).holds == ["amount", "dispute", "account"]


def test_without_an_account_nothing_is_paid(program, transfers):
    gina = make_member(program, "gina", code="GINA")
    earn(gina, 25_00)

    assert refusal_of(gina, transfers) == "no_account"


def test_a_known_stripe_customer_is_an_account_for_credit(alice, program, transfers):
    credit = make_method(program, PayoutMethod.Kind.STRIPE_BALANCE)
    earn(alice, 25_00)
    assert refusal_of(alice, credit) == "no_account"

    note_identifier(alice.person, Identifier.Kind.STRIPE_CUSTOMER, "cus_alice", at=LATER)

    assert request(alice, credit).destination == "cus_alice"


def test_by_hand_goes_to_the_persons_mailbox(alice, program):
    manual = make_method(program, PayoutMethod.Kind.MANUAL)
    earn(alice, 25_00)

    assert request(alice, manual).destination == "alice@alice.example"


def test_a_blocked_person_gets_nothing(alice, transfers):
    earn(alice, 25_00)
    alice.person.blocked_at = LATER
    alice.person.save()

    assert refusal_of(alice, transfers) == "blocked"


def test_the_year_limits_what_a_person_gets(alice, transfers):
    transfers.yearly_limit = 30_00
    transfers.save()
    earn(alice, 25_00)
    pay_out(request(alice, transfers))
    earn(alice, 5_01)

    assert refusal_of(alice, transfers) == "yearly_limit"
    payout = request_payout(alice.person, transfers, actor="system", at=LATER + 365 * DAY)
    assert payout.amount == 5_01


def test_another_method_of_the_program_comes_first_unless_this_one_is_chosen(alice, program, transfers):
    second = make_method(program, PayoutMethod.Kind.MANUAL)
    earn(alice, 25_00)

    assert refusal_of(alice, second, is_chosen=False) == "other_method"
    assert request(alice, second).method == second


def test_what_a_person_owes_is_taken_from_the_next_payout(alice, transfers):
    first = earn(alice, 25_00)
    pay_out(request(alice, transfers))
    refund(first, 100_00, at=LATER)
    assert buckets(alice.person) == (-25_00, 0, 25_00)
    assert refusal_of(alice, transfers) == "owes"
    earn(alice, 40_00)

    payout = request(alice, transfers)

    assert (payout.amount, payout.carried_amount) == (15_00, -25_00)
    assert rewards_in(payout) == [(40_00, "processing")]
    assert check_books(at=LATER).differences == []


def test_a_partly_refunded_reward_is_paid_in_part(alice, transfers):
    action = earn(alice, 25_00)
    refund(action, 40_00, at=LATER)

    payout = request(alice, transfers)

    assert (payout.amount, payout.carried_amount, rewards_in(payout)) == (15_00, 0, [(15_00, "processing")])


def test_another_tenants_person_is_unknown(globex, alice, transfers):
    charlie = make_member(make_program(globex), "alice", code="ALICE")
    earn(charlie, 25_00)

    with pytest.raises(PayoutRefused) as refused:
        request_payout(charlie.person, transfers, actor="system", at=LATER)

    assert refused.value.reason == "unknown"
    assert buckets(charlie.person) == (25_00, 0, 0)


def test_a_batch_pays_who_may_be_paid_and_leaves_the_others(alice, program, transfers):
    gina, hugo = make_member(program, "gina", code="GINA"), make_member(program, "hugo", code="HUGO")
    connect_account(gina.person, "acct_gina")
    for member in (alice, gina, hugo):
        earn(member, 25_00)
    everybody = [person for people in payable_people(transfers, batch=2) for person in people]

    made = request_payouts(transfers, everybody, actor="system", at=LATER)

    paid = (
        Payout.objects.filter(pk__in=made).order_by("person__external_id").values_list("person__external_id", "amount")
    )
    assert list(paid) == [("alice", 25_00), ("gina", 25_00)]
    assert buckets(hugo.person) == (25_00, 0, 0)
    assert request_payouts(transfers, everybody, actor="system", at=LATER) == []
    assert check_books(at=LATER).differences == []


def test_the_preview_is_what_the_request_does(alice, program, transfers):
    gina = make_member(program, "gina", code="GINA")
    earn(alice, 25_00)
    earn(gina, 5_00)
    dana = make_person(program.tenant, "dana")

    shown = judge_candidates(transfers, [alice.person.pk, gina.person.pk, dana.pk], at=LATER)

    assert [(one.amount, one.refusal, one.holds) for one in shown] == [
        (25_00, "", []), (5_00, "no_account", []), (0, "nothing", []),
    ]  # fmt: skip
