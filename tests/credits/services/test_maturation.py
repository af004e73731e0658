"""Rewards whose hold has passed become available, each once, and none that must wait."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from credits.models import LedgerEntry, Review, Reward
from credits.services.books import check_books
from credits.services.ledger import balance
from credits.services.maturation import MATURE, mature_pending
from credits.services.moderation import moderate
from events.models import Event
from referrals.models import Member, Person, Program, Referral
from tenants.models import Tenant
from tests.cast import NOON, make_member, make_referral, pay, rewards_of
from tests.credits.bulk import add_credits
from tests.threads import run_at_once

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
DUE = NOON + 30 * DAY


@pytest.fixture
def paid(alice) -> Referral:
    """25.00 USD pending for Alice, 10.00 USD for Dana, until DUE."""
    referral = make_referral(alice, "dana")
    pay(referral, 100_00)
    return referral


@pytest.mark.parametrize(("at", "matured"), [(DUE - MICROSECOND, 0), (DUE, 2), (DUE + MICROSECOND, 2)])
def test_reward_matures_at_the_end_of_its_hold_and_no_sooner(paid, at, matured):
    assert mature_pending(at=at) == matured


def test_matured_reward_is_available_with_its_entry_and_its_event(alice, paid):
    mature_pending(at=DUE + DAY)

    reward = Reward.objects.get(side="referrer")
    assert (reward.status, reward.available_at, reward.updated_at) == ("available", DUE + DAY, DUE + DAY)
    entry = reward.entries.get(kind="mature")
    assert (entry.tenant, entry.person, entry.amount, entry.currency) == (alice.tenant, alice.person, 25_00, "USD")
    assert (entry.debit, entry.credit, entry.key) == ("pending", "available", f"mature:{reward.pk}")
    assert entry.effective_at == DUE + DAY
    event = Event.objects.get(kind="reward.available", subject=reward.uid)
    assert (event.tenant, event.occurred_at) == (alice.tenant, DUE + DAY)
    assert event.data == {"before": {"status": "pending"}, "after": {"status": "available"}}


def test_reward_matures_once(alice, paid):
    mature_pending(at=DUE)

    assert mature_pending(at=DUE + DAY) == 0
    assert balance(alice.person, "USD")["available"] == 25_00


def test_rewards_of_a_removed_member_mature(alice, paid):
    Member.objects.update(removed_at=NOON)

    assert mature_pending(at=DUE) == 2


BOTH, REFERRER, REFERRED = {"referrer", "referred"}, {"referrer"}, {"referred"}
WAITING = {
    "in a dispute": (lambda: Reward.objects.filter(side="referrer").update(frozen_at=NOON), REFERRER),
    "side to be decided": (lambda: Referral.objects.update(referrer_moderation="PENDING"), REFERRER),
    "other side to be decided": (lambda: Referral.objects.update(referred_moderation="PENDING"), REFERRED),
    "side denied": (lambda: Referral.objects.update(referrer_moderation="DENIED"), REFERRER),
    "member disabled": (lambda: Member.objects.update(status="Disabled"), REFERRER),
    "referrer blocked": (lambda: Person.objects.filter(external_id="alice").update(blocked_at=NOON), REFERRER),
    "referred blocked": (lambda: Person.objects.filter(external_id="dana").update(blocked_at=NOON), REFERRED),
    "program off": (lambda: Program.objects.update(is_active=False), BOTH),
    "tenant off": (lambda: Tenant.objects.update(is_active=False), BOTH),
}


@pytest.mark.parametrize("why", WAITING)
def test_reward_waits_however_long_its_hold_has_passed(paid, why):
    stop, waiting = WAITING[why]
    stop()

    assert mature_pending(at=DUE + 900 * DAY) == 2 - len(waiting)
    assert set(Reward.objects.pending().values_list("side", flat=True)) == waiting


def test_open_review_keeps_both_sides_waiting(alice, paid):
    Review.objects.create(tenant=alice.tenant, referral=paid, opened_at=NOON, deadline=DUE)
    assert mature_pending(at=DUE) == 0

    Review.objects.update(status="approved", decided_at=DUE)
    assert mature_pending(at=DUE) == 2


def test_what_keeps_one_referral_waiting_does_not_keep_others(alice, paid):
    other = make_referral(alice, "erin")
    pay(other, 100_00)
    Referral.objects.filter(pk=paid.pk).update(referrer_moderation="PENDING", referred_moderation="PENDING")

    assert mature_pending(at=DUE) == 2
    assert {status for _, _, status in rewards_of(other)} == {"available"}


def test_reverted_reward_does_not_mature(paid):
    moderate(paid, "referrer", "DENIED", actor="staff:bob", at=NOON)

    assert mature_pending(at=DUE) == 1
    assert rewards_of(paid) == [("referrer", 25_00, "reverted"), ("referred", 10_00, "available")]


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 6, 7, 100])
def test_batches_of_any_size_mature_all(alice, batch):
    assert add_credits(alice, referrals=2, payments=4) == 7

    assert mature_pending(at=DUE, batch=batch) == 7

    assert LedgerEntry.objects.filter(kind="mature").count() == 7
    assert check_books(at=DUE).differences == []


def test_sweep_that_is_out_of_time_stops_with_whole_batches_done(alice):
    add_credits(alice, referrals=2, payments=4)

    assert mature_pending(at=DUE, batch=3, seconds=0) == 3
    assert mature_pending(at=DUE, batch=3, seconds=0) == 3
    assert mature_pending(at=DUE, batch=3, seconds=0) == 1


def test_what_is_due_longest_comes_first(alice):
    add_credits(alice, referrals=1)
    later = make_referral(alice, "erin")
    pay(later, 100_00, at=NOON + DAY)

    mature_pending(at=DUE + DAY, batch=2, seconds=0)

    assert [status for _, _, status in rewards_of(later)] == ["pending", "pending"]


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_mature_each_reward_once(alice):
    total = add_credits(alice, referrals=100, payments=3)

    counts = run_at_once(*[lambda: mature_pending(at=DUE, batch=20)] * 4)
    counts.append(mature_pending(at=DUE))

    assert sum(counts) == total
    assert LedgerEntry.objects.filter(kind="mature").values("reward").distinct().count() == total
    assert LedgerEntry.objects.filter(kind="mature").count() == total
    assert Event.objects.filter(kind="reward.available").count() == total
    assert check_books(at=DUE).differences == []


@pytest.mark.django_db(transaction=True)
def test_worker_passes_by_what_another_has_locked(alice):
    """One connection holds one reward; the sweep of another matures the rest at once instead of waiting."""
    total = add_credits(alice, referrals=3)
    connection.set_autocommit(False)
    try:
        locked = Reward.objects.select_for_update().order_by("id").first()
        (matured,) = run_at_once(lambda: mature_pending(at=DUE))
    finally:
        connection.rollback()
        connection.set_autocommit(True)

    assert matured == total - 1
    assert list(Reward.objects.pending()) == [locked]


@pytest.mark.django_db(transaction=True)
def test_denial_and_maturing_at_once_leave_the_side_taken_back(alice):
    referrals = [make_referral(alice, f"person-{number}") for number in range(4)]
    for referral in referrals:
        pay(referral, 100_00)

    calls = [lambda each=each: moderate(each, "referrer", "DENIED", actor="staff:bob", at=DUE) for each in referrals]
    answers = run_at_once(*calls, lambda: mature_pending(at=DUE, batch=1), lambda: mature_pending(at=DUE))

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert set(Reward.objects.filter(side="referrer").values_list("status", flat=True)) == {"reverted"}
    assert balance(alice.person, "USD")["expense"] == 0
    assert check_books(at=DUE).differences == []


def explain(sql, parameters) -> set[tuple[str, str, str | None]]:
    """How each table is read: (kind of node, table, index)."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        return set(scans_of(cursor.fetchone()[0][0]["Plan"]))


def scans_of(node) -> Iterator[tuple[str, str, str | None]]:
    if "Relation Name" in node:
        yield node["Node Type"], node["Relation Name"], node.get("Index Name")
    for child in node.get("Plans", []):
        yield from scans_of(child)


@pytest.mark.parametrize(("due", "batch"), [(200, 5000), (20_000, 200)], ids=["few are due", "all are due"])
def test_sweep_finds_what_is_due_by_its_index(alice, due, batch):
    bert = make_member(alice.program, "bert", code="BERT")
    for member in (alice, bert):
        assert add_credits(member, referrals=501, payments=19, name=f"friend of {member}") == 10_002
    later = Reward.objects.order_by("id")[due:].values("pk")
    Reward.objects.filter(pk__in=later).update(matures_at=DUE + DAY)

    scans = explain(MATURE, {"at": DUE, "batch": batch})

    assert ("Index Scan", "credits_reward", "reward_due") in scans
    assert ("Seq Scan", "credits_reward", None) not in scans
