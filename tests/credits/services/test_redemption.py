import threading

import pytest
from django.db import connection

from credits.errors import InsufficientCredit, InvalidAmount, RedemptionDiffers
from credits.models import LedgerEntry, Reward
from credits.services.books import check_books
from credits.services.ledger import balance
from credits.services.maturation import mature_pending
from credits.services.redemption import redeem, redeem_reward
from events.models import Event
from referrals.models import Person, Side
from tests.cast import NOON, make_member, make_referral, pay

MATURED = NOON.replace(month=8)


@pytest.fixture
def rich(alice):
    """Alice has 2.50, 5.00 and 1.00 available, in this order."""
    for number, amount in enumerate((10_00, 20_00, 4_00)):
        pay(make_referral(alice, f"friend{number}"), amount)
    mature_pending(at=MATURED)
    return alice.person


def spend(*people: Person, amount: int, key: str = "", currency: str = "USD"):
    return redeem(people, amount=amount, currency=currency, key=key, actor="key:x", at=MATURED)


def spent(person: Person) -> list[int]:
    rewards = Reward.objects.filter(person=person, side=Side.REFERRER).order_by("id")
    return list(rewards.values_list("redeemed_amount", flat=True))


def test_the_oldest_rewards_are_spent_first(rich):
    done = spend(rich, amount=3_00)

    assert (done.amount, done.currency, done.available) == (3_00, "USD", 5_50)
    assert spent(rich) == [2_50, 50, 0]
    assert balance(rich, "USD")["paid"] == 3_00
    assert Event.objects.filter(kind="reward.redeemed").count() == 2
    assert check_books(at=MATURED).ok


def test_all_can_be_spent_and_not_a_cent_more(rich):
    with pytest.raises(InsufficientCredit):
        spend(rich, amount=8_51)
    assert LedgerEntry.objects.filter(kind="redeem").count() == 0

    assert spend(rich, amount=8_50).available == 0
    with pytest.raises(InsufficientCredit):
        spend(rich, amount=1)
    assert check_books(at=MATURED).ok


def test_a_key_spends_once(rich):
    first, again = (spend(rich, amount=3_00, key="order 1") for _ in range(2))

    assert first == again
    assert spent(rich) == [2_50, 50, 0]
    with pytest.raises(RedemptionDiffers):
        spend(rich, amount=2_00, key="order 1")
    assert spend(rich, amount=3_00, key="order 2").available == 2_50


def test_without_a_key_each_call_spends(rich):
    assert [spend(rich, amount=1_00).available for _ in range(2)] == [7_50, 6_50]


def test_an_account_pools_what_its_people_have(rich, alice):
    bo = make_member(alice.program, "bo", code="BOBO")
    pay(make_referral(bo, "gus"), 4_00)
    mature_pending(at=MATURED)

    done = spend(rich, bo.person, amount=9_00)

    assert done.available == 50
    assert (spent(rich), spent(bo.person)) == ([2_50, 5_00, 1_00], [50])


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_cannot_be_spent(rich, amount):
    with pytest.raises(InvalidAmount):
        spend(rich, amount=amount)


def test_another_currency_is_another_balance(rich):
    with pytest.raises(InsufficientCredit):
        spend(rich, amount=1, currency="EUR")


def test_what_is_in_its_hold_or_in_a_dispute_or_of_a_blocked_person_cannot_be_spent(alice):
    pay(make_referral(alice, "dana"), 10_00)
    with pytest.raises(InsufficientCredit):
        spend(alice.person, amount=1)
    mature_pending(at=MATURED)
    Reward.objects.update(frozen_at=MATURED)
    with pytest.raises(InsufficientCredit):
        spend(alice.person, amount=1)
    Reward.objects.update(frozen_at=None)
    Person.objects.filter(pk=alice.person_id).update(blocked_at=MATURED)

    with pytest.raises(InsufficientCredit):
        spend(alice.person, amount=1)
    assert spent(alice.person) == [0]


def test_one_reward_can_be_spent_alone(rich):
    second = Reward.objects.filter(person=rich).order_by("id")[1]

    done = redeem_reward(second, amount=4_00, key="", actor="key:x", at=MATURED)

    assert (done.available, spent(rich)) == (4_50, [0, 4_00, 0])
    with pytest.raises(InsufficientCredit):
        redeem_reward(second, amount=1_01, key="", actor="key:x", at=MATURED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["", "order"])
def test_twenty_at_once_never_spend_more_than_there_is(alice, key):
    pay(make_referral(alice, "dana"), 40_00)
    mature_pending(at=MATURED)
    done = []

    def run():
        try:
            done.append(spend(alice.person, amount=1_00, key=key))
        except InsufficientCredit:
            done.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(done), done.count(None)) == (20, 0 if key else 10)
    assert balance(alice.person, "USD")["available"] == (9_00 if key else 0)
    assert check_books(at=MATURED).ok


@pytest.mark.django_db(transaction=True)
def test_two_accounts_with_the_same_people_do_not_wait_for_each_other(alice):
    bo = make_member(alice.program, "bo", code="BOBO")
    for member in (alice, bo):
        pay(make_referral(member, f"friend-of-{member.person.external_id}"), 400_00)
    mature_pending(at=MATURED)
    people, errors = [alice.person, bo.person], []

    def run(order):
        try:
            for _ in range(5):
                redeem(order, amount=1, currency="USD", key="", actor="key:x", at=MATURED)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(order,)) for order in (people, people[::-1]) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sum(spent(alice.person) + spent(bo.person)) == 30
