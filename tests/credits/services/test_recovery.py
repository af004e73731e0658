"""Grants that failed are tried again, and earn once."""

from collections.abc import Callable

import pytest
from django.db import connection

from credits.models import LedgerEntry
from credits.services.recovery import recover_grants
from referrals.models import Member, Referral
from tests.cast import NOON, make_member, make_program, make_referral, make_tenant, pay, refund, rewards_of
from tests.flows.threads import run_together
from tests.stripe_objects import deliver_and_handle, event, invoice

GRANTED = [("referrer", 25_00, "pending"), ("referred", 10_00, "pending")]


@pytest.fixture
def set_full(db: None) -> Callable[[bool], None]:
    return refuse_entries


def refuse_entries(full: bool) -> None:
    """The database refuses ledger entries, as a full disk would; or has room again."""
    with connection.cursor() as cursor:
        if not full:
            cursor.execute("DROP FUNCTION refuse CASCADE")
            return
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute("CREATE TRIGGER full_disk BEFORE INSERT ON credits_ledgerentry EXECUTE FUNCTION refuse()")


def fail(member: Member, *names: str) -> list[Referral]:
    referrals = [make_referral(member, name) for name in names]
    refuse_entries(True)
    for referral in referrals:
        pay(referral, 100_00)
        referral.refresh_from_db()
    return referrals


def test_failed_grant_is_granted(alice: Member, set_full):
    (dana,) = fail(alice, "dana")
    set_full(False)

    assert recover_grants(alice.tenant, at=NOON, limit=10) == (1, 1, [])
    assert recover_grants(alice.tenant, at=NOON, limit=10) == (0, 0, [])
    dana.refresh_from_db()
    assert (dana.status, dana.error, rewards_of(dana)) == ("rewarded", "", GRANTED)


def test_grant_that_fails_again_says_why(alice: Member, set_full):
    (dana,) = fail(alice, "dana")

    recovery = recover_grants(alice.tenant, at=NOON, limit=10)

    dana.refresh_from_db()
    assert (recovery.attempted, recovery.recovered, recovery.errors) == (1, 0, [(dana.uid, dana.error)])
    assert (dana.status, rewards_of(dana)) == ("failed", [])


def test_oldest_are_tried_first_up_to_the_limit(alice: Member, set_full):
    referrals = fail(alice, "dana", "erin", "finn")
    set_full(False)

    assert recover_grants(alice.tenant, at=NOON, limit=2) == (2, 2, [])
    assert [rewards_of(referral) for referral in referrals] == [GRANTED, GRANTED, []]


def test_other_tenants_wait(alice: Member, set_full):
    globex = make_member(make_program(make_tenant("globex")), "alice", code="ALICE")
    (dana,) = fail(alice, "dana")
    set_full(False)

    assert recover_grants(globex.tenant, at=NOON, limit=10) == (0, 0, [])
    assert rewards_of(dana) == []


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_grant_once():
    alice = make_member(make_program(make_tenant("acme")), "alice", code="ALICE")
    referrals = fail(alice, "dana", "erin", "finn")
    refuse_entries(False)

    recoveries = run_together(20, lambda _: recover_grants(alice.tenant, at=NOON, limit=10))

    assert sum(recovery.recovered for recovery in recoveries) == 3
    assert [rewards_of(referral) for referral in referrals] == [GRANTED] * 3
    assert LedgerEntry.objects.count() == 6


def test_failed_grant_of_an_invoice_stays_failed_until_it_is_granted(alice: Member, set_full):
    """What links the invoice to its payment comes after the grant, and settles the referral once more."""
    dana = make_referral(alice, "dana")
    told = invoice(payment_intent="pi_1", metadata={"user_id": "dana"})
    set_full(True)

    deliver_and_handle(alice.tenant, event("invoice.paid", told))

    dana.refresh_from_db()
    assert (dana.status, dana.error.partition("\n")[0]) == (
        Referral.Status.FAILED, "OperationalError: no space left on device"
    )  # fmt: skip
    set_full(False)
    assert recover_grants(alice.tenant, at=NOON, limit=9) == (1, 1, [])
    assert rewards_of(dana) == GRANTED


def test_refund_leaves_a_failed_grant_to_be_recovered(alice: Member, set_full):
    (dana,) = fail(alice, "dana")

    refund(dana.actions.get(), 40_00)

    dana.refresh_from_db()
    assert (dana.status, bool(dana.error)) == (Referral.Status.FAILED, True)
    set_full(False)
    assert recover_grants(alice.tenant, at=NOON, limit=9) == (1, 1, [])
    assert [(reward.side, reward.reversed_amount) for reward in dana.rewards.order_by("-side")] == [
        ("referrer", 10_00), ("referred", 4_00)
    ]  # fmt: skip
