"""What people want their rewards to be, and where money is paid by hand."""

from datetime import timedelta

import pytest

from credits.models import Mode
from events.models import Event
from payouts.errors import AccountNeeded, BadDestination
from payouts.models import PayoutAccount, PayoutMethod
from payouts.services.methods import remove_account, set_account
from payouts.services.preferences import manual_account_of, set_preferences
from payouts.services.requests import request_payout
from tests.cast import NOON
from tests.payouts.cast import LATER, earn, make_method

MANUAL = PayoutMethod.Kind.MANUAL
DAY = timedelta(days=1)


def prefer(person, *, mode="", email=None, default_mode=Mode.CREDITS, at=NOON):
    set_preferences(person, mode=mode, default_mode=default_mode, email=email, actor="test", at=at)
    person.refresh_from_db()


def test_money_and_its_mailbox_are_chosen_together(alice):
    prefer(alice.person, mode=Mode.PAYOUT, email="pay@shop.test")

    assert alice.person.reward_mode == "payout"
    assert manual_account_of(alice.person).destination == "pay@shop.test"


@pytest.mark.parametrize(("mode", "default_mode"), [("payout", "credits"), ("", "payout")])
def test_money_needs_a_mailbox(alice, mode, default_mode):
    with pytest.raises(AccountNeeded):
        prefer(alice.person, mode=mode, default_mode=default_mode)

    alice.person.refresh_from_db()
    assert alice.person.reward_mode == ""


def test_nothing_is_written_where_the_mailbox_is_none(alice):
    with pytest.raises(BadDestination):
        prefer(alice.person, mode=Mode.PAYOUT, email="nowhere")

    alice.person.refresh_from_db()
    assert (alice.person.reward_mode, manual_account_of(alice.person)) == ("", None)


def test_a_mailbox_alone_is_no_choice_of_a_mode(alice):
    prefer(alice.person, email="pay@shop.test")

    assert alice.person.reward_mode == ""


def test_for_product_credit_it_may_go(alice):
    prefer(alice.person, mode=Mode.PAYOUT, email="pay@shop.test")

    prefer(alice.person, mode=Mode.CREDITS, email=None)

    assert manual_account_of(alice.person) is None


def test_removing_an_account_is_told(alice):
    account = set_account(alice.person, kind=MANUAL, destination="one@shop.test", actor="test", at=NOON)

    assert remove_account(alice.person, kind=MANUAL, actor="staff:bob", at=NOON) is True
    assert remove_account(alice.person, kind=MANUAL, actor="staff:bob", at=NOON) is False

    told = Event.objects.filter(kind="payout_account.changed", subject=account.uid).order_by("pk").last()
    assert (told.data["before"], told.data["after"]) == ({"destination": "one@shop.test"}, {"destination": ""})


def test_removing_one_first_does_not_spare_the_next_its_hold(alice):
    method = make_method(alice.program, MANUAL, account_hold_days=7)
    earn(alice, 20_00)
    set_account(alice.person, kind=MANUAL, destination="one@shop.test", actor="test", at=NOON)
    remove_account(alice.person, kind=MANUAL, actor="test", at=LATER)
    set_account(alice.person, kind=MANUAL, destination="two@shop.test", actor="test", at=LATER)

    payout = request_payout(alice.person, method, actor="test", at=LATER + DAY)

    assert (payout.status, payout.holds) == ("held", ["account"])


def test_the_same_one_again_is_no_change(alice):
    for _ in range(2):
        set_account(alice.person, kind=MANUAL, destination="one@shop.test", actor="test", at=NOON)
        remove_account(alice.person, kind=MANUAL, actor="test", at=NOON)
    account = set_account(alice.person, kind=MANUAL, destination="one@shop.test", actor="test", at=NOON)

    assert account.changed_at is None
    assert PayoutAccount.objects.count() == 1
