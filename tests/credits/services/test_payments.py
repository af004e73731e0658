"""Which payment is meant: names that come a few at a time, in any order, and from many workers at once."""

from itertools import permutations

import pytest
from django.db import transaction

from credits.errors import TwoInvoices
from credits.models import Payment, PaymentName, Reversal
from credits.services.books import check_books
from credits.services.payments import know_payment
from credits.services.reversals import link_action, record_reversal
from credits.services.rewards import reward_action
from referrals.models import Action, Referral
from tests.cast import NOON, make_referral, pay, rewards_of
from tests.threads import run_at_once

STANDS = Reversal.State.STANDS
CHAIN = [{"in_1", "pi_1"}, {"pi_1", "ch_1"}, {"ch_1", "re_1"}, {"re_1", "cs_1"}]


@pytest.fixture
def dana(alice) -> Referral:
    return make_referral(alice, "dana")


def names() -> list[set[str]]:
    """The names of each payment."""
    return [set(payment.names.values_list("name", flat=True)) for payment in Payment.objects.order_by("id")]


def told(payment: Payment, key: str, amount: int) -> None:
    record_reversal(payment, key=key, kind="refund", state=STANDS, amount=amount, told_at=NOON, at=NOON)


def test_name_that_is_not_known_is_a_payment_that_nothing_is_known_of(acme):
    payment = know_payment(acme, ["in_1"], at=NOON)

    assert (payment.action, payment.paid_amount, payment.returned_amount, payment.disputed_at) == (None, None, 0, None)
    assert know_payment(acme, ["in_1"], at=NOON) == payment
    assert names() == [{"in_1"}]


def test_names_that_are_empty_are_none(acme):
    know_payment(acme, ["in_1", "", "in_1"], at=NOON)

    assert names() == [{"in_1"}]


def test_same_name_of_another_tenant_is_another_payment(acme, globex):
    assert know_payment(acme, ["in_1"], at=NOON) != know_payment(globex, ["in_1"], at=NOON)


@pytest.mark.parametrize("order", permutations(CHAIN))
def test_names_told_in_any_order_end_as_one_payment(acme, order):
    for number, linked in enumerate(order):
        told(know_payment(acme, linked, at=NOON), f"re_{number}", 1)

    assert names() == [{"in_1", "pi_1", "ch_1", "re_1", "cs_1"}]
    assert Payment.objects.get().reversals.count() == 4


@pytest.mark.parametrize("order", permutations([{"in_1"}, {"pi_1"}, {"in_1", "pi_1"}]))
def test_what_is_known_under_two_names_is_brought_together(dana, order):
    action = pay(dana, 100_00, key="in_1")
    for linked in order:
        payment = know_payment(dana.tenant, linked, at=NOON)
        if "in_1" in linked:
            link_action(payment, action, paid_amount=100_00, at=NOON)
        if "pi_1" in linked:
            told(payment, "re_1", 40_00)

    payment = Payment.objects.get()
    assert (payment.action, payment.returned_amount) == (action, 40_00)
    assert [reward.reversed_amount for reward in dana.rewards.order_by("id")] == [10_00, 4_00]
    assert check_books(at=NOON).differences == []


def earn(referral: Referral, kind: str, key: str) -> Payment:
    fields = {"amount": 100_00, "currency": "USD", "occurred_at": NOON, "at": NOON}
    payment = know_payment(referral.tenant, [key], at=NOON)
    link_action(payment, reward_action(referral, kind=kind, key=key, **fields), paid_amount=100_00, at=NOON)
    return payment


@pytest.mark.parametrize("order", permutations([("checkout", "pi_1"), ("invoice", "in_1")]), ids=str)
def test_payment_that_earned_under_two_names_goes_on_earning_once(dana, order):
    payments = {kind: earn(dana, kind, key) for kind, key in order}
    told(payments["checkout"], "re_1", 10_00)

    know_payment(dana.tenant, ["in_1", "pi_1"], at=NOON)

    kept, other = Payment.objects.get(pk=payments["invoice"].pk), Payment.objects.get(pk=payments["checkout"].pk)
    assert (kept.returned_amount, other.returned_amount) == (10_00, 100_00)
    assert (kept.names.count(), other.names.count()) == (2, 0)
    rewards = dana.rewards.filter(side="referrer").order_by("action__kind")
    assert [(reward.action.key, reward.amount - reward.reversed_amount) for reward in rewards] == [
        ("pi_1", 0), ("in_1", 22_50),
    ]  # fmt: skip
    assert check_books(at=NOON).differences == []


def test_two_invoices_are_never_one_payment(dana):
    for key in ("in_1", "in_2"):
        earn(dana, "invoice", key)

    with pytest.raises(TwoInvoices), transaction.atomic():
        know_payment(dana.tenant, ["in_1", "in_2"], at=NOON)

    assert names() == [{"in_1"}, {"in_2"}]


@pytest.mark.django_db(transaction=True)
def test_many_workers_that_link_names_find_one_payment(acme):
    @transaction.atomic
    def link(number: int) -> int:
        return know_payment(acme, CHAIN[number % 4], at=NOON).pk

    answers = run_at_once(*[lambda number=number: link(number) for number in range(20)])

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert names() == [{"in_1", "pi_1", "ch_1", "re_1", "cs_1"}]
    assert PaymentName.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_many_workers_that_tell_of_refunds_record_each_once(alice):
    dana = make_referral(alice, "dana")
    action = pay(dana, 100_00, key="in_1")

    @transaction.atomic
    def tell(number: int) -> None:
        payment = know_payment(dana.tenant, CHAIN[number % 2], at=NOON)
        told(payment, f"re_{number % 5}", 10_00)
        if number % 2 == 0:
            link_action(payment, action, paid_amount=100_00, at=NOON)

    answers = run_at_once(*[lambda number=number: tell(number) for number in range(20)])

    assert answers == [None] * 20
    payment = Payment.objects.get()
    assert (payment.returned_amount, payment.reversals.count()) == (50_00, 5)
    assert rewards_of(dana) == [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]
    assert [reward.reversed_amount for reward in dana.rewards.order_by("id")] == [12_50, 5_00]
    assert check_books(at=NOON).differences == []
    assert Action.objects.get().reversed_amount == 50_00
