from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from credits.services.programs import create_program
from credits.services.rules import add_rule
from payouts.admin.views import count_views, show_count
from payouts.models import Payout
from payouts.services.release import retry_payout
from referrals.models import Person
from tests.cast import NOON, make_member
from tests.console import count_queries, explain, reading_only
from tests.payouts.admin.worlds import (
    MATURE,
    ask,
    earn,
    make_completed,
    make_failed,
    make_method,
    make_payout,
    under_way_at_stripe,
)

QUEUE = reverse("admin:payouts_payout_changelist")
FIRST_PAGE = 8  # statements: session, user, badge, views, programs and methods for the filters, count, rows


def listed(client, query: str = "") -> list[int]:
    return [payout.pk for payout in client.get(QUEUE + query).context["cl"].result_list]


def test_newest_or_oldest_first(desk, by_hand):
    first, second = make_payout(by_hand, "dana"), make_payout(by_hand, "erin")

    assert listed(desk) == [second.pk, first.pk]
    assert listed(desk, "?o=5") == [first.pk, second.pk]


def test_what_a_line_says(desk, transfer):
    make_payout(transfer, "dana", 80_00)

    html = desk.get(QUEUE).content.decode()

    for said in ("Dana", "dana@dana.example", "80.00 USD", "Transfer", "Held", "Large amount"):
        assert said in html, said


def test_the_views(desk, by_hand, transfer):
    now = timezone.now()
    held = make_payout(transfer, "held", 80_00)
    to_pay = make_payout(by_hand, "topay")
    sent = under_way_at_stripe(transfer, "sent", sent_at=now - timedelta(days=3), stripe_id="tr_1")
    stuck = under_way_at_stripe(transfer, "stuck", sent_at=now - timedelta(days=1, minutes=1))
    fresh = under_way_at_stripe(transfer, "fresh", sent_at=now - timedelta(hours=23))
    failed, made_up_for = make_failed(by_hand, "failed"), make_failed(by_hand, "again")
    again = retry_payout(made_up_for, actor="system", at=MATURE)
    completed = make_completed(by_hand, "completed")

    found = {view: listed(desk, f"?view={view}") for view in ("held", "by_hand", "processing", "stuck", "failed")}

    assert found == {
        "held": [held.pk],
        "by_hand": [again.pk, to_pay.pk],
        "processing": [fresh.pk, stuck.pk, sent.pk],
        "stuck": [stuck.pk],
        "failed": [failed.pk],
    }
    assert count_views(now=now) == {view: len(rows) for view, rows in found.items()}
    assert listed(desk, "?status__exact=completed") == [completed.pk]
    assert listed(desk, "?status__exact=failed") == [made_up_for.pk, failed.pk]


def test_filters(desk, acme, by_hand, transfer):
    other = make_method(make_program_of(acme, "partners"), "Elsewhere")
    large = make_payout(transfer, "large", 80_00)
    small = make_payout(by_hand, "small", 5_00, at=MATURE + timedelta(days=2))
    partner = make_payout(other, "partner", at=MATURE + timedelta(days=3))

    assert listed(desk, f"?method__program__id__exact={by_hand.program_id}") == [small.pk, large.pk]
    assert listed(desk, f"?method__id__exact={other.pk}") == [partner.pk]
    assert listed(desk, "?method__kind__exact=stripe_transfer") == [large.pk]
    assert listed(desk, "?currency=usd") == [partner.pk, small.pk, large.pk]
    assert listed(desk, "?currency=eur") == []
    assert listed(desk, "?least=20") == [partner.pk, large.pk]
    assert listed(desk, "?most=5.00") == [small.pk]
    assert listed(desk, "?least=5&most=20.00") == [partner.pk, small.pk]
    assert listed(desk, "?least=nonsense&most=NaN") == [partner.pk, small.pk, large.pk]
    assert listed(desk, f"?least={'9' * 40}") == []
    first, second = MATURE.date(), (MATURE + timedelta(days=2)).date()
    assert listed(desk, f"?requested_at_from={second}") == [partner.pk, small.pk]
    assert listed(desk, f"?requested_at_to={first}") == [large.pk]
    assert listed(desk, f"?requested_at_from={first}&requested_at_to={second}") == [small.pk, large.pk]
    assert listed(desk, "?requested_at_from=2026-13-99&requested_at_to=x") == [partner.pk, small.pk, large.pk]


def make_program_of(tenant, name):
    program = create_program(tenant, name=name, at=NOON)
    add_rule(program, at=NOON, name="quarter", side="referrer", kind="percentage", initial_rate="0.25", mode="payout")
    return program


def test_an_amount_is_in_each_currency_s_own_units(desk, by_hand):
    yen = make_method(by_hand.program, "Yen", currency="JPY")
    dollars = make_payout(by_hand, "dollars", 20_00)
    hana = make_member(by_hand.program, "hana", code="HANA")
    earn(hana, 1500, currency="JPY")
    in_yen = ask(hana, yen)

    assert listed(desk, "?least=19&most=21") == [dollars.pk]
    assert listed(desk, "?least=1000") == [in_yen.pk]


@pytest.mark.parametrize("term", ["dana@dana.example", "DANA@dana.example", "dana", "WIRE-dana"])
def test_search_by_person_and_reference(desk, by_hand, term):
    payout = make_completed(by_hand, "dana")
    make_completed(by_hand, "zoe")

    assert listed(desk, f"?q={term}") == [payout.pk]


def test_search_by_id_and_by_stripe_s_id(desk, transfer):
    payout = under_way_at_stripe(transfer, "dana", sent_at=timezone.now(), stripe_id="tr_123")
    make_payout(transfer, "zoe")

    assert listed(desk, f"?q={payout.uid}") == [payout.pk]
    assert listed(desk, f"?q={payout.pk}") == [payout.pk]
    assert listed(desk, "?q=tr_123") == [payout.pk]
    assert listed(desk, "?q=tr_9") == []
    assert listed(desk, "?q=nobody") == []


def test_one_three_and_a_hundred_rows_take_as_many_queries(root, by_hand):
    make_payout(by_hand, "dana")
    one = count_queries(root, QUEUE)
    for name in ("erin", "frank"):
        make_payout(by_hand, name)
    three = count_queries(root, QUEUE)
    copy_payouts(by_hand, 97)

    assert (one, three, count_queries(root, QUEUE)) == (FIRST_PAGE, FIRST_PAGE, FIRST_PAGE)


def copy_payouts(method, count: int, *, status: str = "completed") -> None:
    """More rows for the list, of people of their own."""
    tenant = method.tenant
    people = Person.objects.bulk_create([Person(tenant=tenant) for _ in range(count)], batch_size=2000)
    times = dict.fromkeys(["requested_at", "next_attempt_at", "updated_at", "ended_at"], NOON)
    Payout.objects.bulk_create(
        [
            Payout(
                tenant=tenant, person=person, method=method, amount=1000 + n, currency="USD", status=status,
                requested_by="system", reference=f"REF-{n}", **times,
            )
            for n, person in enumerate(people)
        ],
        batch_size=2000,
    )  # fmt: skip


@pytest.fixture
def many(by_hand, transfer):
    """12,000 completed payouts, 11,000 that failed, and one of each that waits."""
    copy_payouts(by_hand, 12_000)
    copy_payouts(by_hand, 11_000, status="failed")
    make_payout(transfer, "held", 80_00)
    make_payout(by_hand, "topay")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def reads_the_table(plan: dict, *, stops: bool = False) -> bool:
    """All of it: a scan that looks for nothing, below a limit, stops after so many rows."""
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] == "payouts_payout":
        return not stops or "Filter" in plan
    stops = plan["Node Type"] == "Limit"
    return any(reads_the_table(part, stops=stops) for part in plan.get("Plans", []))


def test_a_long_queue_reads_no_table(root, many):
    """The counts of the views stop early, and so does the count of the list; each view is found by an index."""
    for query in ("", "?view=held", "?view=by_hand", "?view=processing", "?view=stuck", "?o=5"):
        with CaptureQueriesContext(connection) as captured:
            response = root.get(QUEUE + query)

        assert response.status_code == 200
        statements = [each["sql"] for each in captured if 'FROM "payouts_payout"' in each["sql"]]
        assert [sql for sql in statements if reads_the_table(explain(sql))] == [], query


def test_counts_stop_at_a_thousand(root, many):
    assert show_count(count_views(now=timezone.now())["failed"]) == "1000+"
    assert "more than 10,000 payouts" in root.get(f"{QUEUE}?status__exact=failed").content.decode()


def test_opening_the_queue_changes_nothing(desk, by_hand):
    make_payout(by_hand, "dana")

    with reading_only():
        for query in ("", "?view=failed", "?q=dana", "?o=5", "?least=1", "?view=nonsense"):
            assert desk.get(QUEUE + query).status_code == 200


def test_names_are_escaped(desk, by_hand, program):
    payout = make_payout(by_hand, "mallory")
    Person.objects.filter(pk=payout.person_id).update(first_name="<script>alert(1)</script>")

    for url in (QUEUE, reverse("admin:payouts_payout_change", args=[payout.pk])):
        assert "<script>alert" not in desk.get(url).content.decode()
