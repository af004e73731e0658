"""What is owed and in no payout yet."""

from datetime import timedelta

import pytest

from credits.models import Reward
from credits.services.books import check_books
from credits.services.by_hand import give_reward
from payouts.errors import PayoutRefused
from payouts.models import PayoutMethod
from payouts.services.issuing import issue_owed
from payouts.services.owed import Recipient, find_recipient, owed_groups, owed_people
from referrals.models import Referral
from tests.cast import NOON, make_member, make_referral, pay
from tests.payouts.cast import LATER, earn, make_method

BY = {"actor": "key:x"}


@pytest.fixture
def by_hand(alice) -> PayoutMethod:
    return make_method(alice.program, PayoutMethod.Kind.MANUAL)


def groups(tenant, **options) -> list[tuple[str, int, int]]:
    """(side, rewards, amount)"""
    found = owed_groups(tenant, at=LATER, limit=10, **options)
    assert all(group.total == len(found) for group in found)
    return [(group.side, group.rewards, group.amount) for group in found]


def test_each_recipient_is_a_row(alice, by_hand):
    earn(alice, 25_00)
    earn(alice, 10_00)

    assert groups(alice.tenant) == [("referrer", 2, 35_00), ("referred", 1, 10_00), ("referred", 1, 10_00)]


def test_what_is_in_its_hold_is_counted_where_it_is_asked_for(alice, by_hand):
    earn(alice, 25_00)
    pay(make_referral(alice, "dana", at=LATER), 40_00, at=LATER)

    assert groups(alice.tenant) == [("referrer", 1, 25_00), ("referred", 1, 10_00)]
    assert groups(alice.tenant, early=True) == [("referrer", 2, 35_00), ("referred", 1, 10_00), ("referred", 1, 10_00)]


def test_what_has_come_out_of_its_hold_and_was_not_swept_yet_is_owed(alice, by_hand):
    pay(make_referral(alice, "dana"), 40_00)

    assert groups(alice.tenant) == [("referrer", 1, 10_00), ("referred", 1, 10_00)]
    assert issue_owed(by_hand, alice.person_id, at=LATER, **BY).amount == 10_00
    assert groups(alice.tenant) == [("referred", 1, 10_00)]


def test_a_chosen_method_is_a_row_of_its_own(alice, by_hand):
    other = make_method(alice.program, PayoutMethod.Kind.MANUAL, name="Vouchers")
    earn(alice, 25_00)
    told = {"amount": 5_00, "currency": "USD", "at": NOON, **BY}
    give_reward(alice.person, alice.program, method_uid=other.uid, **told)

    alices = Recipient(alice.person_id, alice.program_id, "referrer")
    found = owed_groups(alice.tenant, at=LATER, limit=10, recipient=alices)
    assert [(group.method_name, group.amount) for group in found] == [(by_hand.name, 25_00), ("Vouchers", 5_00)]
    assert issue_owed(other, alice.person_id, at=LATER, **BY).amount == 5_00
    assert owed_people(other, at=LATER, limit=10) == []


def test_a_member_and_a_referral_are_recipients_and_a_strangers_are_not(alice, by_hand, globex):
    earn(alice, 25_00)
    referral = Referral.objects.get()

    found = find_recipient(alice.tenant, referral.uid)
    assert groups(alice.tenant, recipient=found) == [("referred", 1, 10_00)]
    assert groups(alice.tenant, recipient=find_recipient(alice.tenant, alice.uid)) == [("referrer", 1, 25_00)]
    assert find_recipient(globex, alice.uid) is None
    assert groups(globex) == []


def test_what_is_frozen_stays_owed_and_the_rest_is_paid(alice, by_hand):
    earn(alice, 25_00)
    earn(alice, 10_00)
    Reward.objects.filter(person=alice.person, amount=10_00).update(frozen_at=NOON)

    assert issue_owed(by_hand, alice.person_id, at=LATER, early=True, **BY).amount == 25_00
    with pytest.raises(PayoutRefused, match="Nothing is available"):
        issue_owed(by_hand, alice.person_id, at=LATER, early=True, **BY)
    assert check_books(at=LATER).ok


def test_early_takes_along_what_is_in_its_hold(alice, by_hand):
    frank = make_member(alice.program, "frank")
    pay(make_referral(frank, "dana", at=LATER), 40_00, at=LATER)

    with pytest.raises(PayoutRefused):
        issue_owed(by_hand, frank.person_id, at=LATER + timedelta(days=1), **BY)
    assert issue_owed(by_hand, frank.person_id, at=LATER + timedelta(days=1), early=True, **BY).amount == 10_00
