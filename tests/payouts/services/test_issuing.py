"""Paying out single rewards."""

import pytest

from credits.models import Reward
from credits.services.books import check_books
from credits.services.by_hand import give_reward
from payouts.errors import PayoutRefused
from payouts.models import Payout, PayoutMethod
from payouts.services.issuing import issue_rewards
from payouts.services.requests import request_payout
from payouts.services.settlement import complete_payout, move_payout
from tests.cast import NOON, make_member, refund
from tests.payouts.cast import DAY, LATER, buckets, connect_account, earn, make_method
from tests.threads import run_at_once


@pytest.fixture
def by_hand(alice) -> PayoutMethod:
    return make_method(alice.program, PayoutMethod.Kind.MANUAL)


def issue(rewards, method, **options) -> Payout:
    return issue_rewards(rewards, method, actor="key:x", at=LATER, **options)


def refusal_of(rewards, method, **options) -> str:
    before = Payout.objects.count()
    with pytest.raises(PayoutRefused) as refused:
        issue(rewards, method, **options)
    assert Payout.objects.count() == before
    return refused.value.reason


def rewards_of(member) -> list[Reward]:
    return list(Reward.objects.filter(person=member.person).order_by("pk"))


def test_one_of_two_rewards_is_paid_there_and_then(alice, by_hand):
    earn(alice, 25_00)
    earn(alice, 10_00)

    payout = issue(rewards_of(alice)[:1], by_hand, reference="PayPal 1")

    assert (payout.status, payout.amount, payout.carried_amount) == ("completed", 25_00, 0)
    assert payout.reference == "PayPal 1 (key:x)"
    assert [reward.status for reward in rewards_of(alice)] == ["issued", "available"]
    assert buckets(alice.person) == (10_00, 0, 25_00)
    assert check_books(at=LATER).ok


def test_minimum_of_the_method_is_not_asked(alice):
    method = make_method(alice.program, PayoutMethod.Kind.MANUAL, minimum_amount=100_00)
    earn(alice, 25_00)

    assert issue(rewards_of(alice), method).amount == 25_00


def test_stripe_carries_it_later(alice, transfers):
    connect_account(alice.person)
    earn(alice, 25_00)

    payout = issue(rewards_of(alice), transfers)

    assert (payout.status, buckets(alice.person)) == ("pending", (0, 25_00, 0))
    assert rewards_of(alice)[0].status == "processing"


def test_large_one_waits_for_a_second_person(alice):
    method = make_method(alice.program, PayoutMethod.Kind.MANUAL, hold_above=20_00)
    earn(alice, 25_00)
    earn(alice, 10_00)
    large, small = rewards_of(alice)

    assert issue([small], method).status == "completed"
    held = issue([large], method)
    assert (held.status, held.holds) == ("held", ["amount"])


def test_what_is_in_its_hold_goes_along_only_where_asked(alice, by_hand):
    reward = give_reward(
        alice.person, alice.program, amount=5_00, currency="USD", actor="key:x", at=NOON, matures_at=LATER + DAY
    )

    assert refusal_of([reward], by_hand) == "not_payable"
    assert issue([reward], by_hand, early=True).status == "completed"
    assert check_books(at=LATER).ok


def test_whoever_owes_gets_nothing(alice, by_hand):
    action = earn(alice, 25_00)
    payout = request_payout(alice.person, by_hand, actor="key:x", at=LATER)
    move_payout(payout, "processing", at=LATER)
    complete_payout(payout, at=LATER)
    refund(action, 100_00, at=LATER)
    earn(alice, 10_00)

    assert refusal_of(rewards_of(alice)[1:], by_hand) == "owes"


def test_what_is_not_theirs_to_be_paid_is_refused_whole(alice, by_hand):
    earn(alice, 25_00)
    frank = make_member(alice.program, "frank")
    earn(frank, 10_00)
    [mine], [other] = rewards_of(alice), rewards_of(frank)
    euros = make_method(alice.program, PayoutMethod.Kind.MANUAL, currency="EUR")

    assert refusal_of([mine, other], by_hand) == "not_payable"
    assert refusal_of([mine], euros) == "not_payable"
    assert refusal_of([], by_hand) == "not_payable"
    issue([mine], by_hand)
    assert refusal_of([mine], by_hand) == "not_payable"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_pay_each_reward_once(alice, by_hand):
    earn(alice, 25_00)
    earn(alice, 10_00)
    first, second = rewards_of(alice)

    answers = run_at_once(*[lambda: issue([first], by_hand), lambda: issue([first, second], by_hand)] * 10)

    paid = Payout.objects.filter(status="completed")
    assert sum(isinstance(answer, Payout) for answer in answers) == paid.count() == 1
    assert {answer.reason for answer in answers if not isinstance(answer, Payout)} == {"not_payable"}
    assert buckets(alice.person)[2] == paid.get().amount
    assert check_books(at=LATER).ok
