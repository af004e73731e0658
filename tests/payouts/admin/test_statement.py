import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits.models import LedgerEntry
from credits.services.ledger import balances
from credits.services.maturation import mature_pending
from credits.services.statements import read_statement
from payouts.admin.statement import Asked, describe_statement
from payouts.errors import PayoutError
from payouts.models import Payout
from payouts.services.release import mark_failed, mark_paid
from payouts.services.settlement import cancel_payout, note_return
from payouts.services.statement_pages import read_page
from tests.cast import NOON, make_referral, pay, refund
from tests.console import count_queries, make_staff, sign_in
from tests.payouts.admin.worlds import MATURE, ask, earn


def page_of(person, query: str = "", name: str = "statement") -> str:
    return reverse(f"admin:referrals_person_{name}", args=[person.pk]) + query


def lines_of(client, person, query: str = "") -> list[tuple[str, str, list[str]]]:
    """What was it, how much, and what pending, available, reserved and paid then held; oldest first."""
    lines = client.get(page_of(person, query)).context["lines"]
    return [(line["what"], line["amount"], line["after"]) for line in reversed(lines)]


def test_every_line_in_plain_words(desk, by_hand, alice):
    action = pay(make_referral(alice, "dana"), 40_00, key="in_1")
    mature_pending(at=MATURE)
    mark_failed(ask(alice, by_hand), actor="system", error="closed", at=MATURE)
    mark_paid(ask(alice, by_hand), actor="system", reference="W", at=MATURE + timedelta(days=1))
    refund(action, 20_00, key="re_1", at=MATURE + timedelta(days=2))

    reward = "for referring Dana, who paid 40.00 USD (in_1)"
    to = "to alice@alice.example (By hand)"
    assert lines_of(desk, alice.person) == [
        (f"Earned {reward}", "+10.00", ["10.00", "0.00", "0.00", "0.00"]),
        (f"Hold passed of the reward {reward}", "+10.00", ["0.00", "10.00", "0.00", "0.00"]),
        (f"Set aside to be paid out {to}", "-10.00", ["0.00", "0.00", "10.00", "0.00"]),
        (f"Not paid out {to}: available again", "+10.00", ["0.00", "10.00", "0.00", "0.00"]),
        (f"Set aside to be paid out {to}", "-10.00", ["0.00", "0.00", "10.00", "0.00"]),
        (f"Paid out {to}", "10.00", ["0.00", "0.00", "0.00", "10.00"]),
        (f"Owed, refund re_1: the reward {reward} had been paid out", "-5.00", ["0.00", "-5.00", "0.00", "10.00"]),
    ]


def test_what_came_back_and_what_was_taken_back(desk, by_hand, alice):
    payout = mark_paid(ask_after_earning(alice, by_hand), actor="system", reference="W", at=MATURE)
    note_return(payout, returned=10_00, at=MATURE)
    action = pay(make_referral(alice, "erin", at=MATURE), 40_00, key="in_2", at=MATURE)
    refund(action, 40_00, key="re_2", at=MATURE)

    told = [what for what, _, _ in lines_of(desk, alice.person)][-3:]

    assert told == [
        "Came back after it was paid out to alice@alice.example (By hand)",
        "Earned for referring Erin, who paid 40.00 USD (in_2)",
        "Taken back, refund re_2: the reward for referring Erin, who paid 40.00 USD (in_2)",
    ]


def ask_after_earning(member, method, amount=10_00):
    earn(member, amount)
    return ask(member, method)


def test_the_referred_person_s_own_line(desk, alice):
    referral = make_referral(alice, "dana")
    pay(referral, 40_00, key="in_1")

    assert [what for what, _, _ in lines_of(desk, referral.referred)] == [
        "Earned for having signed up and paid 40.00 USD (in_1)"
    ]


def test_as_of_a_date_to_its_last_instant(desk, alice):
    for day, hour in ((1, 23), (2, 0), (2, 23)):
        at = datetime(2026, 6, day, hour, 59 if hour else 0, 59 if hour else 0, tzinfo=UTC)
        pay(make_referral(alice, f"f{day}{hour}", at=at), 40_00, at=at)

    def pending(query):
        return [dict(buckets)["Pending"] for _, buckets in desk.get(page_of(alice.person, query)).context["books"]]

    assert pending("?as_of=2026-05-31") == []
    assert pending("?as_of=2026-06-01") == ["10.00 USD"]
    assert pending("?as_of=2026-06-02") == ["30.00 USD"]
    assert pending("") == ["30.00 USD"]
    assert len(lines_of(desk, alice.person, "?as_of=2026-06-01")) == 1


@pytest.mark.parametrize("given", ["x", "2026-13-01", "2026-02-30", "9999-12-31", "0"])
def test_what_is_no_date_is_told(desk, alice, given):
    pay(make_referral(alice, "dana"), 40_00)

    page = desk.get(page_of(alice.person, f"?as_of={given}&page=x"))

    assert "That is no date" in page.content.decode()
    assert len(page.context["lines"]) == 1


def test_currencies_are_never_mixed(desk, alice):
    pay(make_referral(alice, "dana"), 40_00)
    pay(make_referral(alice, "erin"), 80_00, currency="EUR")

    assert [amount for _, amount, _ in lines_of(desk, alice.person, "?currency=USD")] == ["+10.00"]
    assert [amount for _, amount, _ in lines_of(desk, alice.person, "?currency=eur")] == ["+20.00"]
    assert [currency for currency, _ in desk.get(page_of(alice.person)).context["books"]] == ["EUR", "USD"]


def test_a_long_statement_in_pages(desk, alice, monkeypatch):
    monkeypatch.setattr("payouts.admin.statement.PER_PAGE", 2)
    for number in range(3):
        pay(make_referral(alice, f"f{number}"), 40_00)

    newest, oldest = desk.get(page_of(alice.person)).context, desk.get(page_of(alice.person, "?page=2")).context

    assert ([line["after"][0] for line in newest["lines"]], newest["has_older"]) == (["30.00", "20.00"], True)
    assert ([line["after"][0] for line in oldest["lines"]], oldest["has_older"]) == (["10.00"], False)
    assert desk.get(page_of(alice.person, "?page=9")).context["lines"] == []


def test_the_statement_as_a_file(desk, by_hand, alice):
    mark_paid(ask_after_earning(alice, by_hand), actor="system", reference="W", at=MATURE)

    response = desk.get(page_of(alice.person, "?currency=USD", "statement_csv"))
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))

    assert [(row["amount"], row["from"], row["to"], row["available"], row["paid"]) for row in rows] == [
        ("10.00", "expense", "pending", "0.00", "0.00"),
        ("10.00", "pending", "available", "10.00", "0.00"),
        ("-10.00", "available", "reserved", "0.00", "0.00"),
        ("10.00", "reserved", "paid", "0.00", "10.00"),
    ]


def test_a_statement_of_three_payouts_costs_as_much_as_of_one(root, by_hand, alice):
    mark_paid(ask_after_earning(alice, by_hand), actor="system", reference="W", at=MATURE)
    count_queries(root, page_of(alice.person))
    one = count_queries(root, page_of(alice.person))
    for number in (1, 2):
        at = MATURE + timedelta(days=number)
        earn(alice, 10_00)
        mark_paid(ask(alice, by_hand, at=at), actor="system", reference="W", at=at)

    assert count_queries(root, page_of(alice.person)) == one


def test_it_needs_the_right_to_see_the_ledger(alice):
    vera = sign_in(make_staff("vera", permission="view_person"))

    assert vera.get(page_of(alice.person)).status_code == 403
    assert vera.get(page_of(alice.person, name="statement_csv")).status_code == 403
    assert (
        "Statement" not in vera.get(reverse("admin:referrals_person_change", args=[alice.person_id])).content.decode()
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["earn", "refund", "pay", "fail", "cancel"]), st.integers(1, 40)), max_size=6)
)
def test_a_statement_as_of_a_date_ends_in_the_balances_of_that_date(by_hand, alice, steps):
    """Whatever happened on whatever days: the last line up to a day holds what the books held that day."""
    start, actions = max_time(alice), []
    at = start
    for step, days in steps:
        at += timedelta(days=days)
        play(step, by_hand, alice, actions, at)

    for entry in LedgerEntry.objects.filter(person=alice.person, effective_at__gt=start):
        asked = Asked(day=entry.effective_at.date(), currency="USD", page=1, is_bad_date=False)
        page = describe_statement(alice.person, asked)
        held = balances(alice.person, at=asked.at)["USD"]
        shown = [f"{held[bucket] / 100:,.2f}" for bucket in ("pending", "available", "reserved", "paid")]
        lines = list(read_statement(alice.person, at=asked.at, currency="USD"))
        assert page["lines"][0]["after"] == shown
        assert read_page(alice.person, "USD", at=asked.at, skip=1, size=3) == lines[-2:-5:-1]
        assert [amount.partition(" ")[0] for _, amount in page["books"][0][1]] == shown


def max_time(member) -> datetime:
    last = LedgerEntry.objects.filter(person=member.person).order_by("effective_at").last()
    return last.effective_at if last else NOON


def play(step, method, member, actions, at) -> None:
    if step == "earn":
        actions.append(earn(member, 10_00, at=at).action)
    elif step == "refund" and actions:
        refund(actions[at.day % len(actions)], 10_00, at=at)
    elif step in ("pay", "fail", "cancel"):
        try:
            payout = ask(member, method, at=at)
        except PayoutError:
            return
        if step == "pay":
            mark_paid(payout, actor="system", reference="W", at=at)
        elif step == "fail":
            mark_failed(payout, actor="system", error="x", at=at)
        else:
            cancel_payout(payout, actor="system", at=at)
        assert Payout.objects.under_way().count() == 0
