"""The one function that moves a referral, and the moves it knows."""

from datetime import timedelta
from itertools import product

import pytest

from events.models import Event
from referrals.models import Referral
from referrals.services.status import TRANSITIONS, lock_referral, move_referral, update_referral
from tests.cast import NOON, make_referral

DECLARED = {
    "attributed": {"qualified", "expired", "rejected"},
    "expired": {"qualified", "attributed"},  # a person may open it again
    "qualified": {"review_required", "rewarded", "capped", "failed", "rejected"},
    "review_required": {"rewarded", "rejected", "capped", "failed", "qualified"},
    "failed": {"rewarded", "capped", "review_required", "rejected", "qualified"},
    "rewarded": {"rejected", "review_required"},
    "capped": {"rejected", "failed", "review_required"},
    "rejected": {"attributed", "qualified", "review_required", "rewarded", "capped", "failed"},
}
MOVES = [(before, to) for before, to in product(Referral.Status.values, repeat=2) if before != to]


@pytest.fixture
def referral(alice) -> Referral:
    return make_referral(alice, "dana")


def put(referral, status) -> Referral:
    Referral.objects.filter(pk=referral.pk).update(status=status)
    return lock_referral(referral.pk)


def test_declared_moves_are_these():
    assert {before: set(after) for before, after in TRANSITIONS.items()} == DECLARED


def test_every_declared_move_is_made_and_told(referral):
    later = NOON + timedelta(hours=1)

    for before, to in MOVES:
        if to in DECLARED[before]:
            assert move_referral(put(referral, before), to, at=later, skip_reason=f"{before} > {to}") is True

            referral.refresh_from_db()
            assert (referral.status, referral.skip_reason, referral.updated_at) == (to, f"{before} > {to}", later)
            event = Event.objects.order_by("-id").first()
            assert (event.kind, event.subject, event.occurred_at) == (f"referral.{to}", referral.uid, later)
            assert event.data == {"before": {"status": before}, "after": {"status": to}}


def test_any_other_move_is_a_mistake_of_ours_and_writes_nothing(referral):
    events = Event.objects.count()

    for before, to in MOVES:
        if to not in DECLARED[before]:
            with pytest.raises(AssertionError, match=f"a referral cannot go from {before} to {to}"):
                move_referral(put(referral, before), to, at=NOON, skip_reason="why")

            referral.refresh_from_db()
            assert (referral.status, referral.skip_reason) == (before, "")
    assert Event.objects.count() == events


def test_staying_is_no_move(referral):
    events = Event.objects.count()

    for status in Referral.Status.values:
        assert move_referral(put(referral, status), status, at=NOON, skip_reason="why") is False

        referral.refresh_from_db()
        assert referral.skip_reason == ""
    assert Event.objects.count() == events


def test_update_writes_the_given_fields_and_when(referral):
    later = NOON + timedelta(hours=1)
    stale = Referral.objects.get(pk=referral.pk)
    Referral.objects.filter(pk=referral.pk).update(utm_source="kept")

    update_referral(stale, at=later, risk_flags=["shared_ip"])

    referral.refresh_from_db()
    assert (referral.risk_flags, referral.updated_at, referral.utm_source) == (["shared_ip"], later, "kept")


def test_locking_reads_all_that_services_ask_for(referral, django_assert_num_queries):
    with django_assert_num_queries(1):
        locked = lock_referral(referral.pk)
        names = [locked.tenant.alias, locked.program.name, locked.referrer.person.external_id]
        names += [locked.referred.external_id, locked.code.code]

    assert names == ["acme", "default", "alice", "dana", "ALICE"]
