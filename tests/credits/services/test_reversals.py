"""What went back of a payment goes back of its rewards, in whatever order it is told."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import transaction

from credits.models import LedgerEntry, Payment, Reversal, Review, Reward, RewardRule
from credits.services.books import check_books
from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from credits.services.moderation import moderate
from credits.services.payments import know_payment
from credits.services.reversals import HEARSAY, add_up, link_action, record_reversal
from credits.services.review import approve
from credits.services.rules import add_rule
from events.models import Event
from referrals.models import Action, Identifier, Member, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay, refund, rewards_of, tell_reversal
from tests.threads import run_at_once

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OPEN, STANDS, UNDONE = Reversal.State
DUE = NOON + 30 * DAY


@pytest.fixture
def dana(alice) -> Referral:
    return make_referral(alice, "dana")


@pytest.fixture
def paid(dana) -> Action:
    """100.00 USD, of which 25.00 are pending for Alice and 10.00 for Dana."""
    return pay(dana, 100_00, key="in_1")


@pytest.fixture
def held(alice, dana) -> Action:
    """The same, held for review by a card that both share."""
    for person in (alice.person, dana.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    return pay(dana, 100_00, key="in_1")


def taken(referral: Referral) -> list[tuple[str, int]]:
    """Status of each reward and what it gave back, referrer first."""
    return [(reward.status, reward.reversed_amount) for reward in referral.rewards.order_by("-side", "id")]


def held_by(member: Member) -> tuple[int, int]:
    book = balance(member.person, "USD")
    return book["pending"], book["available"]


def agree() -> None:
    assert check_books(at=DUE).differences == []


RULES = {
    "percentage": [{"side": "referrer", "kind": "percentage", "initial_rate": Decimal("0.333333")}],
    "fixed": [{"side": "referrer", "kind": "fixed", "amount": 1000}],
    "two-sided": [
        {"side": "referrer", "kind": "percentage", "initial_rate": Decimal("0.25")},
        {"side": "referred", "kind": "fixed", "amount": 77},
    ],
}


@pytest.mark.parametrize("order", permutations([33_33, 33_33, 33_34]), ids=str)
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_three_refunds_of_the_whole_end_at_exactly_zero(alice, currency, rules, order):
    RewardRule.objects.update(retired_at=NOON - DAY)
    for terms in RULES[rules]:
        money = {"currency": currency} if terms["kind"] == "fixed" else {}
        add_rule(alice.program, name=str(terms), at=NOON, **terms, **money)
    referral = make_referral(alice, "dana")
    action = pay(referral, 100_00, currency=currency)
    granted = Reward.objects.count()

    for amount in order:
        refund(action, amount)

    people = [alice.person, referral.referred]
    assert [balance(person, currency) for person in people] == [dict.fromkeys(balance(people[0], "XXX"), 0)] * 2
    assert [reward.reversed_amount for reward in Reward.objects.all()] == [r.amount for r in Reward.objects.all()]
    assert (granted, set(Reward.objects.values_list("status", flat=True))) == (len(RULES[rules]), {"reverted"})
    agree()


def test_refund_takes_its_part_of_each_reward_and_says_so(alice, dana, paid):
    refund(paid, 30_01, key="re_1", at=NOON + DAY)

    assert taken(dana) == [("pending", 7_50), ("pending", 3_00)]  # 7.5025 and 3.001
    assert held_by(alice) == (17_50, 0)
    paid.refresh_from_db()
    assert paid.reversed_amount == 30_01
    entry = LedgerEntry.objects.filter(kind="revert", person=alice.person).get()
    assert (entry.amount, entry.debit, entry.key) == (7_50, "pending", f"reward:{entry.reward_id}:1:refund:re_1")
    told = Event.objects.filter(kind="reward.adjusted").first()
    assert told.data["after"] == {"status": "pending", "amount": 17_50}
    agree()


def test_same_refund_told_again_changes_nothing(alice, dana, paid):
    for _ in range(3):
        refund(paid, 40_00, key="re_1")

    assert taken(dana) == [("pending", 10_00), ("pending", 4_00)]
    assert LedgerEntry.objects.filter(kind="revert").count() == 2


def test_refunds_of_more_than_the_whole_take_the_whole(alice, dana, paid):
    for amount in (70_00, 70_00):
        refund(paid, amount)

    assert Payment.objects.get().returned_amount == 100_00
    assert taken(dana) == [("reverted", 25_00), ("reverted", 10_00)]
    agree()


@pytest.mark.parametrize("order", permutations([OPEN, STANDS, UNDONE]), ids=str)
def test_refund_that_fails_restores_in_any_order(alice, dana, paid, order):
    for state in order:
        refund(paid, 100_00, key="re_1", state=state, at=NOON + int(state) * SECOND)

    assert taken(dana) == [("pending", 0), ("pending", 0)]
    assert held_by(alice) == (25_00, 0)
    agree()


def test_refund_after_the_hold_takes_what_is_available_and_gives_it_back_there(alice, dana, paid):
    mature_pending(at=DUE)
    refund(paid, 100_00, key="re_1", at=DUE)
    assert (held_by(alice), dana.rewards.first().status) == ((0, 0), "reverted")

    refund(paid, 100_00, key="re_1", state=UNDONE, at=DUE + SECOND)

    assert (held_by(alice), dana.rewards.first().status) == ((0, 25_00), "available")
    agree()


@pytest.mark.parametrize("amount", [40_00, 100_00])
def test_refund_told_before_its_payment_ends_as_if_told_after(alice, dana, amount):
    with transaction.atomic():
        payment = know_payment(dana.tenant, ["in_1"], at=NOON)
        record_reversal(payment, key="re_1", kind="refund", state=STANDS, amount=amount, told_at=NOON, at=NOON)
        assert (payment.returned_amount, LedgerEntry.objects.count()) == (0, 0)
        link_action(payment, pay(dana, 100_00, key="in_1"), paid_amount=100_00, at=NOON)

    status = "reverted" if amount == 100_00 else "pending"
    assert taken(dana) == [(status, amount // 4), (status, amount // 10)]
    dana.refresh_from_db()
    assert dana.status == "rewarded"
    agree()


def test_refund_while_held_lowers_the_amount_at_risk_and_approval_grants_the_rest(alice, dana, held):
    assert Review.objects.get().amount_at_risk == 35_00
    refund(held, 40_00)
    assert (Review.objects.get().amount_at_risk, rewards_of(dana)) == (21_00, [])

    approve(Review.objects.get(), actor="staff:bob", at=NOON)

    assert taken(dana) == [("pending", 10_00), ("pending", 4_00)]
    assert held_by(alice) == (15_00, 0)
    agree()


def test_full_refund_while_held_leaves_nothing_to_grant(alice, dana, held):
    refund(held, 100_00)
    assert Review.objects.get().amount_at_risk == 0

    approve(Review.objects.get(), actor="staff:bob", at=NOON)

    assert (taken(dana), held_by(alice)) == ([("reverted", 25_00), ("reverted", 10_00)], (0, 0))
    dana.refresh_from_db()
    assert dana.status == "rewarded"
    agree()


STEPS = {
    "deny": lambda referral, action: moderate(referral, "referrer", "DENIED", actor="staff:bob", at=NOON),
    "refund": lambda referral, action: refund(action, 40_00, key="re_1"),
    "another": lambda referral, action: refund(action, 20_00, key="re_2"),
    "failed": lambda referral, action: refund(action, 40_00, key="re_1", state=UNDONE),
}


@pytest.mark.parametrize("order", permutations(STEPS), ids="-".join)
def test_denial_and_refunds_in_any_order_end_the_same(alice, dana, paid, order):
    for step in order:
        STEPS[step](dana, paid)
    assert taken(dana) == [("reverted", 5_00), ("pending", 2_00)]
    assert held_by(alice) == (0, 0)
    agree()

    moderate(dana, "referrer", "APPROVED", actor="staff:bob", at=NOON)

    assert (taken(dana)[0], held_by(alice)) == (("pending", 5_00), (20_00, 0))
    agree()


def test_open_dispute_freezes_and_a_won_one_thaws(alice, dana, paid):
    tell_reversal(paid, "dispute", "dp_1", 100_00, state=OPEN, at=NOON + DAY)
    assert (Payment.objects.get().disputed_at, Reward.objects.first().frozen_at) == (NOON + DAY, NOON + DAY)
    assert (mature_pending(at=DUE), held_by(alice)) == (0, (25_00, 0))

    tell_reversal(paid, "dispute", "dp_1", 100_00, state=UNDONE, at=DUE)

    assert (Payment.objects.get().disputed_at, Reward.objects.first().frozen_at) == (None, None)
    assert (mature_pending(at=DUE), held_by(alice)) == (2, (0, 25_00))
    frozen = Event.objects.filter(kind__in=["reward.frozen", "reward.thawed"]).order_by("id")
    assert [event.kind for event in frozen] == ["reward.frozen"] * 2 + ["reward.thawed"] * 2
    agree()


def test_lost_dispute_takes_back_its_own_amount(alice, dana, paid):
    tell_reversal(paid, "dispute", "dp_1", 60_00, state=OPEN)
    tell_reversal(paid, "dispute", "dp_1", 60_00, state=STANDS)

    assert taken(dana) == [("pending", 15_00), ("pending", 6_00)]
    assert Reward.objects.first().frozen_at is None
    agree()


def test_reward_granted_while_a_dispute_is_open_is_frozen(dana, held):
    tell_reversal(held, "dispute", "dp_1", 100_00, state=OPEN)

    approve(Review.objects.get(), actor="staff:bob", at=NOON)

    assert (mature_pending(at=DUE), Reward.objects.filter(frozen_at=None).count()) == (0, 0)


def test_voided_payment_gives_back_everything(alice, dana, paid):
    tell_reversal(paid, "void", "in_1", 0, state=STANDS)

    assert (taken(dana), held_by(alice)) == ([("reverted", 25_00), ("reverted", 10_00)], (0, 0))
    agree()


def reversal(kind: str, amount: int, *, state: int = STANDS, charge: str = "") -> Reversal:
    return Reversal(kind=kind, amount=amount, state=state, charge=charge)


SUMS = {
    "nothing": ([], 0),
    "several kinds": ([reversal("refund", 10), reversal("credit_note", 5), reversal("dispute", 7)], 22),
    "what does not stand": ([reversal("refund", 10, state=OPEN), reversal("dispute", 5, state=UNDONE)], 0),
    "more than the whole": ([reversal("refund", 60), reversal("dispute", 60)], 100),
    "void": ([reversal("refund", 10), reversal("void", 0)], 100),
    "a sum alone": ([reversal("refunds", 30, charge="ch_1")], 30),
    "a sum and all its refunds": (
        [reversal("refunds", 30, charge="ch_1"), reversal("refund", 10, charge="ch_1"),
         reversal("refund", 20, charge="ch_1")], 30,
    ),
    "a sum and some of its refunds": (
        [reversal("refunds", 30, charge="ch_1"), reversal("refund", 10, charge="ch_1")], 30,
    ),
    "a sum from before a refund of it failed": (
        [reversal("refunds", 30, charge="ch_1"), reversal("refund", 10, charge="ch_1", state=UNDONE),
         reversal("refund", 20, charge="ch_1")], 20,
    ),
    "a sum from before a refund came": (
        [reversal("refunds", 10, charge="ch_1"), reversal("refund", 10, charge="ch_1"),
         reversal("refund", 20, charge="ch_1")], 30,
    ),
    "a sum and a refund of another charge": (
        [reversal("refunds", 10, charge="ch_1"), reversal("refund", 20, charge="ch_2")], 30,
    ),
    "a sum and a refund of some charge": ([reversal("refunds", 30, charge="ch_1"), reversal("refund", 20)], 30),
    "a smaller sum and a refund of some charge": ([reversal("refunds", 10, charge="ch_1"), reversal("refund", 20)], 20),
}  # fmt: skip


@pytest.mark.parametrize("case", SUMS)
def test_what_went_back_adds_up(case):
    reversals, expected = SUMS[case]

    assert add_up(reversals, paid=100) == expected
    assert add_up(reversals[::-1], paid=100) == expected


TELLINGS = [(OPEN, NOON + 9 * SECOND, 1), (STANDS, NOON, 2), (STANDS, NOON + SECOND, 3), (STANDS, HEARSAY, 99)]


@pytest.mark.parametrize("order", permutations(TELLINGS))
def test_of_several_tellings_the_furthest_then_the_latest_counts(acme, order):
    payment = know_payment(acme, ["in_1"], at=NOON)
    for state, told_at, amount in order:
        record_reversal(payment, key="re_1", kind="refund", state=state, amount=amount, told_at=told_at, at=NOON)

    found = Reversal.objects.get()
    assert (found.state, found.told_at, found.amount) == (STANDS, NOON + SECOND, 3)


def test_hearsay_counts_until_the_refund_itself_is_told_of(dana, paid):
    payment = know_payment(dana.tenant, ["in_1"], at=NOON)
    link_action(payment, paid, paid_amount=100_00, at=NOON)
    record_reversal(payment, key="re_1", kind="refund", state=STANDS, amount=50_00, told_at=HEARSAY, at=NOON)
    assert payment.returned_amount == 50_00

    record_reversal(payment, key="re_1", kind="refund", state=OPEN, amount=60_00, told_at=NOON, at=NOON)

    assert payment.returned_amount == 0


def test_maximum_counts_what_refunds_took_back(alice, dana):
    """100.00 at most of one referred person: whether the refund comes before the second payment makes no difference."""
    refund(pay(dana, 400_00), 400_00)

    pay(dana, 100_00)

    assert dana.rewards.filter(side="referrer").count() == 1


@pytest.mark.django_db(transaction=True)
def test_refund_racing_its_payment_is_taken_from_it(alice):
    dana = make_referral(alice, "dana")

    @transaction.atomic
    def tell_payment() -> None:
        payment = know_payment(dana.tenant, ["in_1", "pi_1"], at=NOON)
        link_action(payment, pay(dana, 100_00, key="in_1"), paid_amount=100_00, at=NOON)

    @transaction.atomic
    def tell_refund(number: int) -> None:
        payment = know_payment(dana.tenant, ["pi_1", f"re_{number}"], at=NOON)
        key = f"re_{number}"
        record_reversal(payment, key=key, kind="refund", state=STANDS, amount=10_00, told_at=NOON, at=NOON)

    refunds = [lambda number=number: tell_refund(number % 5) for number in range(10)]
    assert run_at_once(*[tell_payment] * 5, *refunds) == [None] * 15

    assert taken(dana) == [("pending", 12_50), ("pending", 5_00)]
    agree()


@pytest.mark.django_db(transaction=True)
def test_refund_racing_an_approval_is_taken_from_what_it_grants(alice):
    dana = make_referral(alice, "dana")
    for person in (alice.person, dana.referred):
        note_identifier(person, Identifier.Kind.CARD, "fp_1", at=NOON)
    action = pay(dana, 100_00, key="in_1")
    review = Review.objects.get()

    answers = run_at_once(
        lambda: approve(review, actor="staff:bob", at=NOON) and None,
        *[lambda number=number: refund(action, 10_00, key=f"re_{number % 4}") and None for number in range(8)],
    )

    assert answers == [None] * 9
    assert taken(dana) == [("pending", 10_00), ("pending", 4_00)]
    agree()
