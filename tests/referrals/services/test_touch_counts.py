"""Counts of touches: what they say is what there is, at every moment and whatever happened to a touch."""

from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event

import pytest
from django.db import connection, transaction

from referrals.models import Attribution, Code, Member, TouchCount, TouchDelta
from referrals.services.attributions import ensure_partitions, record_click, record_coupon
from referrals.services.confirmations import confirm_touch, remove_touch
from referrals.services.members import add_code
from referrals.services.referrals import refer
from referrals.services.touch_counts import (
    Totals,
    Touches,
    count_touches,
    fold_touches,
    recount_touches,
    total_touches,
)
from referrals.tasks import fold_touches as fold_touches_task
from tests.cast import NOON, make_member, make_person, make_program, make_tenant
from tests.flows.threads import run_together

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"
HOUR = timedelta(hours=1)


def click(number: int = 0, *, code: str = "ALICE", at: datetime = NOON, **fields):
    return record_click(code, ip=f"198.51.{number // 250}.{number % 250}", user_agent=PHONE, at=at, **fields)


def touches_of(member: Member, **narrowed) -> Touches:
    codes = tuple(member.codes.order_by("pk").values_list("pk", flat=True))
    return Touches(member.tenant_id, codes, **narrowed)


def totals(member: Member) -> tuple[int, int]:
    return total_touches(touches_of(member))


def counted(member: Member, **narrowed) -> int:
    """Of the member's codes, which must be what there is of the whole tenant here."""
    of_codes = count_touches(touches_of(member, **narrowed))
    assert count_touches(Touches(member.tenant_id, **narrowed)) == of_codes
    return of_codes


@pytest.fixture(params=["folded", "not folded"])
def maybe_fold(request):
    return fold_touches if request.param == "folded" else lambda: None


def test_clicks_count_at_once_and_when_folded(alice: Member, maybe_fold):
    for number in range(3):
        click(number)
    maybe_fold()

    assert (totals(alice), counted(alice)) == ((3, 0), 3)
    assert counted(alice, status="pending") == 3
    assert counted(alice, status="confirmed") == 0


def test_repeated_click_counts_once(alice: Member):
    click()
    click()

    assert totals(alice) == Totals(1, 0)


def test_click_that_brought_somebody_in_is_still_a_click(alice: Member, maybe_fold):
    recorded = [click(number) for number in range(2)]
    maybe_fold()
    refer(alice.program, make_person(alice.tenant, "dana"), click_id=recorded[0].public_id, at=NOON)
    maybe_fold()

    assert totals(alice) == Totals(2, 1)
    assert (counted(alice, status="pending"), counted(alice, status="confirmed")) == (1, 1)


def test_robots_are_listed_and_no_clicks(alice: Member, maybe_fold):
    click()
    click(1, prefetch=True)
    record_click("ALICE", ip="198.51.100.9", user_agent="Googlebot/2.1", at=NOON)
    maybe_fold()

    assert (totals(alice), counted(alice)) == ((1, 0), 3)


def test_coupon_that_brought_somebody_in_is_a_conversion_without_a_click(alice: Member, maybe_fold):
    refer(alice.program, make_person(alice.tenant, "dana"), code="ALICE", at=NOON)
    maybe_fold()

    assert totals(alice) == Totals(0, 1)


def test_removed_touches_do_not_count(alice: Member, maybe_fold):
    recorded = [click(number) for number in range(3)]
    maybe_fold()
    touches = Attribution.objects.filter(pk__in=[recorded[0].id, recorded[1].id]).select_related("tenant", "member")
    assert [remove_touch(touch, at=NOON) for touch in touches] == [True, True]
    maybe_fold()

    assert (totals(alice), counted(alice)) == ((1, 0), 1)


def test_removing_twice_counts_once(alice: Member):
    touch = Attribution.objects.select_related("tenant", "member").get(pk=click().id)

    assert [remove_touch(touch, at=NOON) for _ in range(2)] == [True, False]
    assert totals(alice) == Totals(0, 0)


def test_rows_of_any_age_that_come_late_count(alice: Member):
    """Ids carry the time of recording, and an import's lie long before those that are folded already."""
    click()
    fold_touches()
    click(1, at=NOON - timedelta(days=400), occurred_at=NOON - timedelta(days=4000))

    assert (totals(alice), counted(alice)) == ((2, 0), 2)


def test_rows_deleted_for_good_do_not_count(alice: Member, maybe_fold):
    for number in range(3):
        click(number)
    maybe_fold()
    Attribution.objects.all().delete()

    assert (totals(alice), counted(alice)) == ((0, 0), 0)


def test_rows_moved_into_their_month_count_once(alice: Member, maybe_fold):
    """An import's rows wait in the default partition until their month is made."""
    click(at=datetime(2019, 2, 3, tzinfo=UTC))
    maybe_fold()

    assert ensure_partitions(first=datetime(2019, 2, 1).date(), last=datetime(2019, 2, 1).date()) == 1  # noqa: DTZ001
    assert totals(alice) == Totals(1, 0)


def test_codes_of_others_do_not_count(alice: Member, maybe_fold):
    anna = make_member(alice.program, "anna", code="ANNA")
    globex = make_member(make_program(make_tenant("globex")), "alice", code="ALICE")
    click(tenant=alice.tenant)
    click(code="ANNA")
    for number in range(3):
        click(number, tenant=globex.tenant)
    maybe_fold()

    assert [totals(member) for member in (alice, anna, globex)] == [(1, 0), (1, 0), (3, 0)]
    assert [count_touches(Touches(member.tenant_id)) for member in (alice, globex)] == [2, 3]


def test_counting_anew_gives_the_same(alice: Member):
    for number in range(3):
        click(number)
    fold_touches()
    refer(alice.program, make_person(alice.tenant, "dana"), code="ALICE", at=NOON)
    before = (totals(alice), counted(alice), counted(alice, since=NOON + HOUR))
    recount_touches()

    assert (totals(alice), counted(alice), counted(alice, since=NOON + HOUR)) == before
    assert TouchDelta.objects.count() == 0


def test_task_folds_what_there_is(alice: Member):
    for number in range(3):
        click(number)

    assert [fold_touches_task(), fold_touches_task()] == [3, 0]
    ever = TouchCount.objects.filter(span="ever").order_by("code_id").values_list("code_id", "n", "is_click")
    assert list(ever) == [(0, 3, True), (alice.codes.get().pk, 3, True)]


def test_folding_is_bounded(alice: Member):
    for number in range(3):
        click(number)

    assert [fold_touches(limit=2), fold_touches(limit=2), fold_touches(limit=2)] == [2, 1, 0]


BOUNDS = [
    NOON - timedelta(days=2), NOON - HOUR, NOON - timedelta(minutes=1), NOON, NOON + timedelta(minutes=1),
    NOON + HOUR, NOON + timedelta(hours=11), NOON + timedelta(hours=12), NOON + timedelta(days=3), None,
]  # fmt: skip


def test_counts_between_any_two_instants_are_those_of_the_rows(alice: Member):
    random = Random(7)
    code = add_code(alice, "ALICE2", at=NOON)
    for number in range(120):
        spelling = random.choice(["ALICE", "ALICE2"])
        click(number, code=spelling, occurred_at=NOON + timedelta(minutes=random.randrange(-1500, 3000)))
        if number == 60:
            fold_touches()
    for since in BOUNDS:
        for until in BOUNDS:
            rows = Attribution.objects.filter(tenant=alice.tenant)
            rows = rows.filter(occurred_at__gte=since) if since else rows
            rows = rows.filter(occurred_at__lt=until) if until else rows
            assert counted(alice, since=since, until=until) == rows.count(), (since, until)
            of_one = count_touches(Touches(alice.tenant_id, (code.pk,), since=since, until=until))
            assert of_one == rows.filter(code=code).count(), (since, until)


def test_totals_read_no_touches(alice: Member, django_assert_num_queries):
    for number in range(3):
        click(number)
    fold_touches()

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE referrals_attribution")  # past the triggers
    touches = Touches(alice.tenant_id, (Code.objects.get().pk,))
    with django_assert_num_queries(1):
        assert total_touches(touches) == Totals(3, 0)


@pytest.mark.django_db(transaction=True)
def test_click_that_is_committed_after_later_ones_were_folded_counts():
    alice = make_member(make_program(make_tenant("acme")), "alice", code="ALICE")
    recorded, folded = Event(), Event()

    def work(number: int) -> None:
        if number == 0:
            with transaction.atomic():
                click(0, at=NOON - HOUR)
                recorded.set()
                assert folded.wait(30)
            return
        assert recorded.wait(30)
        click(1)
        assert fold_touches() == 1
        assert totals(alice) == (1, 0)
        folded.set()

    run_together(2, work)

    assert totals(alice) == (2, 0)
    assert fold_touches() == 1
    assert totals(alice) == (2, 0)


@pytest.mark.django_db(transaction=True)
def test_totals_are_exact_while_all_happens_at_once():
    """Clicks, confirmations, removals and folds on forty connections; a reader never sees a click missing or twice."""
    alice = make_member(make_program(make_tenant("acme")), "alice", code="ALICE")
    first = [click(number) for number in range(200)]
    fold_touches()

    def work(number: int) -> int:
        if number % 5 == 0:
            return fold_touches(limit=7)
        if number % 5 == 1:
            touch = Attribution.objects.select_related("code", "tenant", "member__program__tenant", "member__person")
            touch = touch.get(pk=first[number].id)
            confirm_touch(touch, f"new-{number}", code="ALICE", confirmed_at=NOON, at=NOON)
        if number % 5 == 2:
            remove_touch(Attribution.objects.select_related("tenant", "member").get(pk=first[number].id), at=NOON)
        if number % 5 == 3:
            click(1000 + number, at=NOON - timedelta(minutes=number))
        clicks, conversions = totals(alice)
        assert 160 <= clicks <= 240
        assert conversions <= 40
        return clicks

    run_together(200, work)

    expected = (200 - 40 + 40, 40)
    assert totals(alice) == expected
    while fold_touches():
        pass
    assert totals(alice) == expected
    rows = Attribution.objects.for_tenant(alice.tenant)
    assert (rows.count(), rows.filter(status="confirmed").count()) == expected
    recount_touches()
    assert totals(alice) == expected


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_never_counted():
    alice = make_member(make_program(make_tenant("acme")), "alice", code="ALICE")
    with transaction.atomic():
        click()
        record_coupon("ALICE", person=make_person(alice.tenant, "dana"), at=NOON)
        assert counted(alice) == 2
        transaction.set_rollback(True)

    assert (totals(alice), counted(alice)) == ((0, 0), 0)
