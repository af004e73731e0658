"""Earn-outs: whose turn it is, who is paid, and going on after an interruption."""

import tracemalloc
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from credits.services.books import check_books
from payouts.models import Payout, PayoutMethod
from payouts.services.earn_outs import pay_everybody, preview, run_earn_outs
from payouts.services.methods import next_turn
from tests.cast import make_member
from tests.payouts.bulk import EACH, make_earners
from tests.payouts.cast import DAY, LATER, buckets, connect_account, earn

MONDAY = datetime(2026, 7, 13, 12, 0, tzinfo=UTC)  # the first after LATER, a Saturday
INSTANT = DAY / 86400


@pytest.mark.parametrize(
    ("schedule", "after", "turn"),
    [
        ("weekly", LATER, MONDAY),
        ("weekly", MONDAY - INSTANT, MONDAY),
        ("weekly", MONDAY, datetime(2026, 7, 20, 12, 0, tzinfo=UTC)),
        ("monthly", LATER, datetime(2026, 8, 1, 12, 0, tzinfo=UTC)),
        ("monthly", datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2027, 1, 1, 12, 0, tzinfo=UTC)),
        ("monthly", datetime(2028, 1, 31, 13, 0, tzinfo=UTC), datetime(2028, 2, 1, 12, 0, tzinfo=UTC)),
        ("on_request", LATER, None),
    ],
)
def test_turns_are_at_noon_utc(schedule, after, turn):
    assert next_turn(schedule, after=after) == turn


def test_everybody_who_may_be_paid_is_when_the_turn_has_come(alice, program, transfers):
    gina = make_member(program, "gina", code="GINA")
    earn(alice, 25_00)
    earn(gina, 25_00)
    PayoutMethod.objects.update(next_run_at=MONDAY)

    assert run_earn_outs(at=MONDAY - INSTANT) == 0
    assert run_earn_outs(at=MONDAY) == 1

    assert Payout.objects.get().requested_by == "system"
    assert buckets(gina.person) == (25_00, 0, 0)
    assert PayoutMethod.objects.get().next_run_at == datetime(2026, 7, 20, 12, 0, tzinfo=UTC)
    assert run_earn_outs(at=MONDAY) == 0


@pytest.mark.parametrize("paused", ["is_active", "program__is_active", "tenant__is_active"])
def test_paused_ones_pay_nobody(alice, transfers, paused):
    earn(alice, 25_00)
    owner = {"is_active": transfers, "program__is_active": transfers.program, "tenant__is_active": transfers.tenant}
    owner[paused].is_active = False
    owner[paused].save()

    assert run_earn_outs(at=MONDAY) == 0
    assert Payout.objects.count() == 0


def test_an_earn_out_that_runs_out_of_time_goes_on_next_time(acme, transfers):
    make_earners(transfers.program, 3)

    first = run_earn_outs(at=MONDAY, seconds=-1.0)
    rest = run_earn_outs(at=MONDAY)

    assert (first, rest) == (3, 0)  # the first batch is always done: no sweep comes to nothing
    assert transfers.next_run_at <= MONDAY


def test_the_preview_changes_nothing_and_comes_true(program, transfers):
    make_earners(program, 7)

    shown = list(preview(transfers, at=MONDAY))
    assert Payout.objects.count() == 0
    run_earn_outs(at=MONDAY)

    paid = Payout.objects.order_by("person").values_list("person_id", "amount")
    assert list(paid) == [(one.person_id, one.amount) for one in shown if not one.refusal]


def test_ten_thousand_members_are_paid_in_bounded_memory(program, transfers):
    make_earners(program, 10_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

    tracemalloc.start()
    peaks, payouts = [], 0
    for progress in pay_everybody(transfers, actor="system", at=MONDAY):
        payouts += progress.payouts
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()

    assert payouts == 10_000
    assert Payout.objects.filter(amount=EACH, status="pending").count() == 10_000
    assert max(peaks) < 2 * peaks[0] + 2_000_000  # bytes: the last batch needs what the first one did
    assert check_books(at=MONDAY).differences == []


def test_run_by_hand_it_shows_how_far_it_is(program, transfers, capsys):
    make_earners(program, 3)

    call_command("run_earn_outs", "--method", str(transfers.uid), "--at", "2026-07-11T12:00:00Z")

    shown = capsys.readouterr()
    assert shown.out == '{"people": 4, "payouts": 3}\n'
    assert "acme: Bank" in shown.err


def test_run_by_hand_without_all_only_what_is_due_is_run(alice, transfers, capsys):
    earn(alice, 25_00)
    connect_account(alice.person)
    PayoutMethod.objects.update(next_run_at=MONDAY)

    call_command("run_earn_outs", "--at", "2026-07-11T12:00:00Z")
    call_command("run_earn_outs", "--tenant", "globex", "--all")
    call_command("run_earn_outs", "--tenant", "acme", "--all", "--at", "2026-07-11T12:00:00Z")

    assert capsys.readouterr().out.splitlines() == [
        '{"people": 0, "payouts": 0}', '{"people": 0, "payouts": 0}', '{"people": 2, "payouts": 1}',
    ]  # fmt: skip
