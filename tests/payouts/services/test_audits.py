"""Each audit of payouts finds its planted difference by name, and no other."""

import pytest
from django.db import connection

from credits.services.books import check_books
from payouts.models import Payout
from payouts.services.audits import AUDITS
from payouts.services.requests import request_payout
from payouts.services.settlement import complete_payout, fail_payout, lock_payout, move_payout, note_return
from tests.cast import make_person, refund
from tests.payouts.cast import LATER, buckets, earn


@pytest.fixture
def payout(alice, transfers) -> Payout:
    earn(alice, 25_00)
    return request_payout(alice.person, transfers, actor="system", at=LATER)


@pytest.fixture
def completed(payout) -> Payout:
    move_payout(lock_payout(payout.pk), "processing", at=LATER)
    return complete_payout(payout, at=LATER)


def found(payout=None, *, drop="", **fields) -> list[str]:
    """The differences once a payout's row was changed behind the services' back."""
    if payout:
        Payout.objects.filter(pk=payout.pk).update(**fields)
    if drop:
        with connection.cursor() as cursor:
            cursor.execute(drop)
    return check_books(at=LATER).differences


def test_each_state_agrees_with_its_entries(alice, payout):
    assert found() == []
    move_payout(lock_payout(payout.pk), "processing", at=LATER)
    assert found() == []
    complete_payout(payout, at=LATER)
    assert found() == []
    note_return(payout, returned=5_00, at=LATER)
    assert found() == []


def test_a_state_that_the_entries_do_not_support_is_found(payout, completed):
    lines = found(payout, status="pending", ended_at=None)

    assert lines[0] == (
        f"payout states: payout {payout.pk} is pending with 0 reserved and 2500 paid by its entries, "
        "of 2500 USD of which 0 came back"
    )
    assert [line.split(":")[0] for line in lines] == ["payout states", "payout rewards"]


def test_a_changed_amount_is_found(payout):
    assert [line.split(":")[0] for line in found(payout, amount=24_00)] == ["payout states", "payout items"]


def test_another_persons_payout_is_found(acme, payout):
    dana = make_person(acme, "dana")

    assert [line.split(":")[0] for line in found(payout, person=dana)] == ["payout owners", "payout rewards"]


def test_an_entry_of_no_payout_is_found(payout):
    lines = found(payout, uid="6b1f7d0e-3c1c-4e57-9d13-000000000000")

    assert [line.split(":")[0] for line in lines] == ["payout states", "payout owners"]
    assert "its payout that is not there is for person" in lines[1]


def test_a_reward_on_its_way_in_no_payout_is_found(payout):
    item = payout.items.get()

    lines = found(drop="UPDATE payouts_payoutitem SET is_released = true")

    assert lines == [f"payout rewards: reward {item.reward_id} is processing, and its payout is none"]


def test_a_payout_that_lost_an_item_is_found(payout):
    item = payout.items.get()

    assert found(drop="DELETE FROM payouts_payoutitem") == [
        f"payout items: payout {payout.pk} of 2500 lists rewards of 0 and carries 0",
        f"payout rewards: reward {item.reward_id} is processing, and its payout is none",
    ]


def test_debts_and_failures_are_no_differences(alice, transfers, payout):
    action = payout.items.get().reward.action
    refund(action, 40_00, at=LATER)
    move_payout(lock_payout(payout.pk), "processing", at=LATER)
    fail_payout(payout, error="x", at=LATER)

    assert found() == []
    assert buckets(alice.person) == (15_00, 0, 0)


def test_every_audit_is_known_here():
    assert set(AUDITS) == {"payout states", "payout owners", "payout items", "payout rewards"}
