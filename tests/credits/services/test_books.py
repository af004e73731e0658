"""Recomputing the books: each audit finds the difference planted for it, and names the row."""

from datetime import timedelta

import pytest
from django.db import connection

from credits.models import BooksCheck, LedgerEntry, Payment, Reversal, Reward, RewardRule
from credits.services.audits import AUDITS
from credits.services.books import SHOWN, check_books, compare_folds, fold_entries, sum_entries
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.reversals import add_up
from referrals.models import Member, Referral
from tests.cast import NOON, make_member, make_referral, pay, refund, tell_reversal
from tests.credits.bulk import add_credits
from tests.threads import run_at_once

DUE = NOON + timedelta(days=30)
State = Reversal.State


@pytest.fixture
def dana(alice) -> Referral:
    """25.00 USD pending for Alice, 10.00 USD for Dana."""
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    return referral


@pytest.fixture
def erin(alice) -> Referral:
    """As Dana's, and both available."""
    referral = make_referral(alice, "erin")
    pay(referral, 100_00)
    mature_pending(at=DUE)
    return referral


@pytest.fixture
def bert(program) -> Member:
    return make_member(program, "bert", code="BERT")


def run(sql, *parameters) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def reward_of(referral, side="referrer") -> Reward:
    return Reward.objects.get(referral=referral, side=side)


POST = """
INSERT INTO credits_ledgerentry
    (tenant_id, person_id, currency, amount, debit, credit, kind, key, reward_id, effective_at, recorded_at)
SELECT tenant_id, person_id, currency, %s, %s, %s, %s, %s, id, now(), now() FROM credits_reward WHERE id = %s
"""
POST_OF_A_PAYOUT = POST.replace("reward_id,", "payout,").replace("%s, id, now()", "%s, gen_random_uuid(), now()")


def test_books_agree_and_the_run_is_recorded(erin, dana):
    check = check_books(at=DUE)

    row = BooksCheck.objects.get()
    assert row == check
    assert (row.ran_at, row.ok, row.differences) == (DUE, True, [])
    assert (row.rewards, row.entries) == (4, 6)
    assert row.seconds > 0


def test_empty_books_agree(db):
    assert (check_books(at=NOON).ok, BooksCheck.objects.get().entries) == (True, 0)


def test_books_agree_after_denials_and_approvals(erin, dana):
    for referral in (erin, dana):
        moderate(referral, "referrer", "DENIED", actor="staff:bob", at=DUE)
    moderate(erin, "referrer", "APPROVED", actor="staff:bob", at=DUE)

    assert check_books(at=DUE).differences == []


STATES = [
    ("available", "reverted_at = NULL", "2500 in pending and 0 in available"),
    ("processing", "reverted_at = NULL", "2500 in pending and 0 in available"),
    ("issued", "reverted_at = NULL", "2500 in pending and 0 in available"),
    ("reverted", "reverted_at = now()", "2500 in pending and 0 in available"),
]


@pytest.mark.parametrize(("status", "also", "entries"), STATES)
def test_state_that_the_entries_do_not_support_is_found(dana, status, also, entries):
    reward = reward_of(dana)
    run(f"UPDATE credits_reward SET status = %s, {also} WHERE id = %s", status, reward.pk)

    assert check_books(at=DUE).differences[0] == (
        f"reward states: reward {reward.pk} is {status} with {entries} by its entries, of 2500 USD less 0 and 0"
    )


def test_available_reward_set_back_to_pending_is_found(erin):
    reward = reward_of(erin)
    run("UPDATE credits_reward SET status = 'pending', available_at = NULL WHERE id = %s", reward.pk)

    assert check_books(at=DUE).differences == [
        f"reward states: reward {reward.pk} is pending with 0 in pending and 2500 in available by its entries, "
        "of 2500 USD less 0 and 0"
    ]


def test_changed_amount_is_found(dana):
    reward = reward_of(dana)
    run("UPDATE credits_reward SET amount = 2501 WHERE id = %s", reward.pk)

    assert check_books(at=DUE).differences == [
        f"reward states: reward {reward.pk} is pending with 2500 in pending and 0 in available by its entries, "
        "of 2501 USD less 0 and 0"
    ]


def test_reward_without_entries_is_found(dana):
    RewardRule.objects.update(retired_at=NOON)
    action = pay(dana, 100_00)
    run(
        "INSERT INTO credits_reward SELECT made.* FROM credits_reward original, LATERAL jsonb_populate_record(original,"
        " jsonb_build_object('id', 1000000, 'uid', gen_random_uuid(), 'action_id', %s::bigint)) made"
        " WHERE original.id = %s",
        action.pk,
        reward_of(dana).pk,
    )

    assert check_books(at=DUE).differences == [
        "reward states: reward 1000000 is pending with 0 in pending and 0 in available by its entries, "
        "of 2500 USD less 0 and 0"
    ]


def test_entry_posted_twice_under_another_key_is_found(dana):
    reward = reward_of(dana)
    run(POST, 2500, "expense", "pending", "grant", "grant again", reward.pk)

    assert check_books(at=DUE).differences == [
        f"reward states: reward {reward.pk} is pending with 5000 in pending and 0 in available by its entries, "
        "of 2500 USD less 0 and 0"
    ]


def test_reward_in_another_currency_than_its_entries_is_found(dana, alice):
    reward = reward_of(dana)
    run("UPDATE credits_reward SET currency = 'EUR' WHERE id = %s", reward.pk)
    entry, person = reward.entries.get(), alice.person_id

    assert check_books(at=DUE).differences == [
        f"entry owners: entry {entry.pk} (grant:{reward.pk}) is booked for person {person} in USD, "
        f"its reward {reward.pk} is for person {person} in EUR"
    ]


def test_reward_of_another_person_than_its_entries_is_found(dana, alice, bert):
    reward = reward_of(dana)
    run("UPDATE credits_reward SET person_id = %s WHERE id = %s", bert.person_id, reward.pk)

    owners = f"{reward.pk} does not belong to its referral {dana.pk}, action {reward.action_id}, rule {reward.rule_id}"
    assert check_books(at=DUE).differences == [
        f"entry owners: entry {reward.entries.get().pk} (grant:{reward.pk}) is booked for person {alice.person_id} "
        f"in USD, its reward {reward.pk} is for person {bert.person_id} in USD",
        f"reward owners: reward {owners} or person {bert.person_id}",
    ]


def test_reward_under_a_rule_of_the_other_side_is_found(dana, alice):
    reward = reward_of(dana)
    run("UPDATE credits_reward SET side = 'referred' WHERE id = %s", reward.pk)

    owners = f"{reward.pk} does not belong to its referral {dana.pk}, action {reward.action_id}, rule {reward.rule_id}"
    assert check_books(at=DUE).differences == [f"reward owners: reward {owners} or person {alice.person_id}"]


def test_reward_of_another_referral_than_its_action_is_found(dana, erin, alice):
    reward = reward_of(erin)
    run("UPDATE credits_reward SET referral_id = %s WHERE id = %s", dana.pk, reward.pk)

    owners = f"{reward.pk} does not belong to its referral {dana.pk}, action {reward.action_id}, rule {reward.rule_id}"
    assert check_books(at=DUE).differences == [f"reward owners: reward {owners} or person {alice.person_id}"]


@pytest.mark.parametrize("side", ["referrer", "referred"])
def test_reward_that_stands_on_a_denied_side_is_found(dana, side):
    run(f"UPDATE referrals_referral SET {side}_moderation = 'DENIED'")

    assert check_books(at=DUE).differences == [
        f"denied sides: reward {reward_of(dana, side).pk} is pending though its side of referral {dana.pk} is denied"
    ]


@pytest.mark.parametrize("status", ["attributed", "expired", "rejected", "qualified"])
def test_rewards_that_a_referrals_state_excludes_are_found(dana, status):
    run("UPDATE referrals_referral SET status = %s", status)

    assert check_books(at=DUE).differences == [
        f"referral states: referral {dana.pk} is {status} with 2 rewards that stand"
    ]


def test_rewarded_referral_without_a_reward_is_found(alice):
    referral = make_referral(alice, "dana")
    run("UPDATE referrals_referral SET status = 'rewarded'")

    assert check_books(at=DUE).differences == [
        f"referral states: referral {referral.pk} is rewarded but was granted nothing"
    ]


def test_bucket_below_zero_is_found(dana, alice):
    run(POST_OF_A_PAYOUT, 300, "reserved", "available", "release", "release:1", reward_of(dana).pk)

    assert check_books(at=DUE).differences == [
        f"negative buckets: person {alice.person_id} has -300 USD in reserved",
        f"payout owners: {made_up('release:1')}",
    ]


def test_available_below_zero_is_a_debt_and_no_difference(dana):
    """The payout is made up, and that alone is told."""
    run(POST_OF_A_PAYOUT, 300, "available", "reserved", "reserve", "reserve:1", reward_of(dana).pk)

    assert check_books(at=DUE).differences == [f"payout owners: {made_up('reserve:1')}"]


def made_up(key: str) -> str:
    """How an entry of no payout is told of."""
    entry = LedgerEntry.objects.get(key=key)
    return (
        f"entry {entry.pk} ({key}) is booked for person {entry.person_id} in {entry.currency}, "
        "its payout that is not there is for person  in "
    )


@pytest.fixture
def refunded(erin) -> Payment:
    """Of Erin's payment of 100.00 USD, 40.00 went back: 30.00 and 10.00; 60.00 are under dispute."""
    action = erin.actions.get()
    refund(action, 30_00, key="re_1")
    refund(action, 10_00, key="re_2")
    refund(action, 5_00, key="re_3", state=State.UNDONE)
    tell_reversal(action, "dispute", "dp_1", 60_00, state=State.OPEN)
    return Payment.objects.get()


def test_books_agree_after_refunds_and_disputes(refunded):
    assert (refunded.returned_amount, check_books(at=DUE).differences) == (40_00, [])


def test_reward_that_gave_back_less_than_its_payment_is_found(refunded, erin):
    reward = reward_of(erin)
    run("UPDATE credits_reward SET reversed_amount = 999 WHERE id = %s", reward.pk)
    run(POST, 1, "expense", "available", "restore", "made up", reward.pk)

    assert check_books(at=DUE).differences == [
        f"reward reversals: reward {reward.pk} (available) gave back 999 and 0, "
        "while 4000 of 10000 of its payment went back"
    ]


@pytest.mark.parametrize(
    ("kind", "debit", "credit", "clawed"),
    [("clawback", "available", "expense", 1), ("reinstate", "expense", "available", -1)],
)
def test_reward_clawed_back_for_nothing_is_found(refunded, erin, kind, debit, credit, clawed):
    reward = reward_of(erin)
    run(POST, 1, debit, credit, kind, "made up", reward.pk)

    assert check_books(at=DUE).differences == [
        f"reward reversals: reward {reward.pk} (available) gave back 1000 and {clawed}, "
        "while 4000 of 10000 of its payment went back"
    ]


def test_reward_that_gave_back_without_a_payment_is_found(dana):
    reward = reward_of(dana)
    run("UPDATE credits_reward SET reversed_amount = 1 WHERE id = %s", reward.pk)
    run(POST, 1, "pending", "expense", "revert", "made up", reward.pk)

    assert check_books(at=DUE).differences == [
        f"reward reversals: reward {reward.pk} (pending) gave back 1 and 0, while 0 of 0 of its payment went back"
    ]


def test_rounding_of_what_a_reward_gives_back_is_half_even_here_too(alice):
    """Of 25 and 10 minor units a half is 12.5 and 5, of 35 and 10 it is 17.5."""
    RewardRule.objects.filter(side="referred").update(retired_at=NOON)
    for base in (100, 140):
        referral = make_referral(alice, f"p{base}")
        refund(pay(referral, base), base // 2)

    taken = Reward.objects.order_by("id").values_list("amount", "reversed_amount")
    assert list(taken) == [(25, 12), (35, 18)]
    assert check_books(at=DUE).differences == []


CHANGED = {
    "a refund's amount": ("UPDATE credits_reversal SET amount = 3001 WHERE key = 're_1'", 40_01),
    "a refund's state": ("UPDATE credits_reversal SET state = 2 WHERE key = 're_1'", 10_00),
    "a failed refund's state": ("UPDATE credits_reversal SET state = 1 WHERE key = 're_3'", 45_00),
    "a refund gone": ("DELETE FROM credits_reversal WHERE key = 're_2'", 30_00),
    "more than the whole": ("UPDATE credits_reversal SET amount = 1000000 WHERE key = 're_1'", 100_00),
    "a void": ("UPDATE credits_reversal SET kind = 'void' WHERE key = 're_1'", 100_00),
    "a credit note": ("UPDATE credits_reversal SET kind = 'credit_note', amount = 1 WHERE key = 're_1'", 10_01),
    "a sum that accounts for more": (
        "UPDATE credits_reversal SET kind = 'refunds', charge = 'ch_1', amount = 5000 WHERE key = 're_1'", 50_00,
    ),
    "a sum that all of them are part of": ("UPDATE credits_reversal SET kind = 'refunds' WHERE key = 're_3'", 40_00),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGED)
def test_payment_whose_reversals_say_otherwise_is_found(refunded, change):
    sql, says = CHANGED[change]
    run(sql)

    found = f"payment reversals: payment {refunded.pk} has 4000 returned of 10000, its reversals say {says}"
    assert check_books(at=DUE).differences == ([found] if says != 40_00 else [])
    assert add_up(list(Reversal.objects.all()), paid=100_00) == says


def test_payment_frozen_without_a_dispute_is_found(refunded):
    run("UPDATE credits_reversal SET state = 2 WHERE kind = 'dispute'")

    assert check_books(at=DUE).differences == [f"open disputes: payment {refunded.pk} is free by its disputes"]


def test_dispute_that_freezes_nothing_is_found(refunded):
    run("UPDATE credits_payment SET disputed_at = NULL")

    assert check_books(at=DUE).differences == [f"open disputes: payment {refunded.pk} is frozen by its disputes"]


def test_every_audit_is_known_here():
    assert set(AUDITS) == {
        "reward states", "reward reversals", "payment reversals", "open disputes", "entry owners", "reward owners",
        "denied sides", "referral states", "negative buckets",
    }  # fmt: skip


def test_two_ways_of_adding_up_come_to_the_same(erin, dana, alice):
    fold = fold_entries()

    assert fold == sum_entries()
    mine = {bucket: amount for (person, _, bucket), amount in fold.items() if person == alice.person_id}
    assert mine == {"expense": -50_00, "pending": 25_00, "available": 25_00}


def test_fold_that_differs_is_found():
    fold = {(1, "USD", "expense"): -5, (1, "USD", "pending"): 5}
    sums = {(1, "USD", "expense"): -5, (1, "USD", "pending"): 4, (2, "EUR", "paid"): 1}

    assert compare_folds(fold, sums) == [
        "fold: person 1 has 5 USD in pending, the database says 4",
        "fold: person 2 has 0 EUR in paid, the database says 1",
        "fold: the buckets of person 1 in USD come to -1, not zero",
        "fold: the buckets of person 2 in EUR come to 1, not zero",
    ]


def test_entry_in_no_declared_bucket_would_not_come_to_zero():
    books = {(1, "USD", "expense"): -5, (1, "USD", "elsewhere"): 5}

    assert compare_folds(books, books) == ["fold: the buckets of person 1 in USD come to -5, not zero"]


def test_each_audit_shows_its_first_differences(alice):
    add_credits(alice, referrals=110)
    run("UPDATE credits_reward SET status = 'available', available_at = now()")

    check = check_books(at=DUE)

    assert (check.ok, len(check.differences)) == (False, SHOWN)
    assert check.rewards == 220


def test_check_repairs_nothing(dana):
    run("UPDATE credits_reward SET status = 'available', available_at = now()")

    assert check_books(at=DUE).differences == check_books(at=DUE).differences
    assert set(Reward.objects.values_list("status", flat=True)) == {"available"}


@pytest.mark.django_db(transaction=True)
def test_work_going_on_meanwhile_is_no_difference(alice):
    total = add_credits(alice, referrals=300)

    answers = run_at_once(
        lambda: mature_pending(at=DUE, batch=10),
        lambda: mature_pending(at=DUE, batch=10),
        lambda: [check_books(at=DUE).differences for _ in range(15)],
    )

    assert answers[0] + answers[1] == total
    assert answers[2] == [[]] * 15
