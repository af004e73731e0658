"""What people want their rewards to be holds from then on, and never for what they were granted before."""

import pytest
from django.db import IntegrityError, transaction

from credits.models import Mode, Reward
from events.models import Event
from referrals.models import Person
from referrals.services.preferences import choose_reward_mode
from tests.cast import NOON, make_referral, pay


def modes_of(person) -> list[str]:
    return list(Reward.objects.filter(person=person).order_by("pk").values_list("mode", flat=True))


def test_a_choice_is_copied_to_what_is_granted_from_then_on(alice):
    dana, erin = make_referral(alice, "dana"), make_referral(alice, "erin")
    pay(dana, 10_00)

    choose_reward_mode(alice.person, Mode.PAYOUT, at=NOON)
    pay(erin, 10_00)
    choose_reward_mode(alice.person, Mode.CREDITS, at=NOON)
    pay(dana, 20_00)

    assert modes_of(alice.person) == ["credits", "payout", "credits"]


def test_each_side_chooses_for_itself(alice):
    referral = make_referral(alice, "dana")
    choose_reward_mode(referral.referred, Mode.PAYOUT, at=NOON)

    pay(referral, 10_00)

    assert (modes_of(referral.referred), modes_of(alice.person)) == (["payout"], ["credits"])


def test_a_choice_is_told_once(alice):
    for _ in range(2):
        choose_reward_mode(alice.person, Mode.PAYOUT, at=NOON, actor="key:1")

    told = Event.objects.get(kind="person.updated", subject=alice.person.uid)
    assert told.data == {"before": {"reward_mode": ""}, "after": {"reward_mode": "payout"}, "actor": "key:1"}


def test_without_a_choice_it_is_the_rules_own(alice):
    choose_reward_mode(alice.person, Mode.PAYOUT, at=NOON)
    choose_reward_mode(alice.person, "", at=NOON)

    pay(make_referral(alice, "dana"), 10_00)

    assert modes_of(alice.person) == ["credits"]


def test_the_database_knows_two_modes(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=alice.person_id).update(reward_mode="cash")
