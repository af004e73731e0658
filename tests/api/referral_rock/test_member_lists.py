"""Lists of members: what a page costs, its order, its filters."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from credits.models import Reward
from referrals.models import Member
from referrals.services.attributions import record_click
from tests.api.referral_rock.worlds import PHONE, add_second_program, make_member
from tests.cast import NOON, make_referral, pay

MEMBERS = "/api/members"


def names(caller, query: str = "") -> list[str]:
    answer = caller.get(f"{MEMBERS}?{query}").json()
    assert answer["message"] is None
    return [member["firstName"] for member in answer["members"]]


def queries_of(caller, path: str) -> tuple[int, int]:
    """How many rows a page has, and how many queries it takes."""
    assert caller.get(path).status_code == 200  # notes the use of the key, and finds the tenant's usage, once
    with CaptureQueriesContext(connection) as queries:
        answer = caller.get(path).json()
    return len(answer.get("members", answer.get("programs"))), len(queries)


def bring_in(member: Member, count: int, *, clicks: int = 0) -> None:
    """So many people who paid 10.00 each, after so many clicks."""
    code = member.codes.get(is_default=True).code
    for number in range(clicks):
        record_click(code, tenant=member.tenant, ip=f"198.51.100.{number}", user_agent=PHONE, at=NOON)
    for number in range(count):
        pay(make_referral(member, f"{code.lower()}-friend-{number}"), 10_00)


@pytest.fixture
def members(program) -> list[Member]:
    """Ann, Bea and Cy, added in this order an hour apart. Bea brought in most, Cy's link was followed most."""
    found = [make_member(program, name, at=NOON + timedelta(hours=n)) for n, name in enumerate(["ann", "bea", "cy"])]
    for member, (referrals, clicks) in zip(found, [(1, 1), (2, 0), (0, 3)], strict=True):
        bring_in(member, referrals, clicks=clicks)
    return found


@pytest.mark.parametrize("item_count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        (MEMBERS, 8),
        (f"{MEMBERS}?programId=default&showDisabled=false&dateFrom=2026-01-01", 10),
        (f"{MEMBERS}?sort=Lead_Count_Desc", 8),
        (f"{MEMBERS}?sort=Page_Views_Asc", 8),
        (f"{MEMBERS}?sort=Reward_Issued_Total_Desc", 8),
        (f"{MEMBERS}?sort=Member_Full_Name_Asc", 8),
    ],
)
def test_a_page_takes_as_many_queries_for_three_rows_as_for_one(caller, program, path, queries, item_count):
    for number in range(item_count):
        bring_in(make_member(program, f"member{number}"), 1, clicks=1)

    assert queries_of(caller, path) == (item_count, queries)


@pytest.mark.parametrize("item_count", [1, 3])
def test_programs_take_as_many_queries_for_three_rows_as_for_one(caller, acme, item_count):
    for number in range(item_count - 1):
        program = add_second_program(acme)
        program.name = f"program {number}"
        program.save(update_fields=["name"])

    assert queries_of(caller, "/api/programs") == (item_count, 4)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("Create_Dt_Desc", ["Cy", "Bea", "Ann"]),
        ("create_dt_asc", ["Ann", "Bea", "Cy"]),
        ("Lead_Count_Desc", ["Bea", "Ann", "Cy"]),
        ("Lead_Count_Asc", ["Cy", "Ann", "Bea"]),
        ("Page_Views_Desc", ["Cy", "Ann", "Bea"]),
        ("Page_Views_Asc", ["Bea", "Ann", "Cy"]),
        ("Member_Full_Name_Desc", ["Cy", "Bea", "Ann"]),
        ("Member_Full_Name_Asc", ["Ann", "Bea", "Cy"]),
    ],
)
def test_members_come_in_the_order_asked_for(caller, members, sort, expected):
    assert names(caller, f"sort={sort}") == expected


def test_members_are_sorted_by_what_they_looked_at(caller, members):
    for member, views in zip(members, [5, 9, 7], strict=True):
        Member.objects.filter(pk=member.pk).update(views=views)

    assert names(caller, "sort=Member_Views_Desc") == ["Bea", "Cy", "Ann"]


def test_members_are_sorted_by_what_was_issued_to_them(caller, members):
    """What is still pending does not count, nor what they earned as somebody referred."""
    Reward.objects.filter(person=members[0].person).update(status=Reward.Status.ISSUED, available_at=NOON)

    assert names(caller, "sort=Reward_Issued_Total_Desc") == ["Ann", "Cy", "Bea"]
    assert names(caller, "sort=Reward_Issued_Total_Asc") == ["Cy", "Bea", "Ann"]


def test_pages_join_without_a_gap_in_every_order(caller, program):
    for number in range(7):
        make_member(program, f"member{number}")

    for sort in ("Create_Dt_Desc", "Lead_Count_Asc", "Page_Views_Desc", "Reward_Issued_Total_Desc"):
        pages = [caller.get(f"{MEMBERS}?sort={sort}&count=3&offset={n}").json() for n in (0, 3, 6, 9)]
        assert [len(page["members"]) for page in pages] == [3, 3, 1, 0]
        assert {page["total"] for page in pages} == {7}
        assert len({row["id"] for page in pages for row in page["members"]}) == 7


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("dateFrom=2026-06-01", ["Cy", "Bea", "Ann"]),
        ("dateTo=2026-06-01", ["Cy", "Bea", "Ann"]),  # a day is meant whole
        ("dateTo=2026-05-31", []),
        ("dateFrom=2026-06-01T13:00:00Z", ["Cy", "Bea"]),
        ("dateFrom=2026-06-01T13:00:00.0000001Z", ["Cy", "Bea"]),
        ("dateFrom=2026-06-01T15:00:00%2B02:00", ["Cy", "Bea"]),
        ("DateFrom=06/01/2026 13:00:01", ["Cy"]),
        ("datefrom=06/01/2026 13:00:00&dateto=06/01/2026 13:00:00", ["Bea"]),
        ("dateTo=2026-06-01T12:59:59Z", ["Ann"]),
        ("dateFrom=9999-12-31&dateTo=0001-01-01", []),
    ],
)
def test_dates_are_inclusive_in_every_form(caller, members, dates, expected):
    assert names(caller, dates) == expected


@pytest.mark.parametrize("text", ["ANN@ann.example", "ann", "ANN"])
def test_query_is_an_address_or_a_code_in_any_capitals(caller, members, text):
    assert names(caller, f"query={text}") == ["Ann"]


def test_query_is_an_external_id_to_the_letter(caller, alice):
    assert names(caller, "query=crm-118") == ["Alice"]
    assert names(caller, "query=CRM-118") == []


def test_own_id_is_found_whatever_else_is_asked(caller, members, acme):
    add_second_program(acme)

    assert names(caller, f"query={members[0].uid}&programId=autumn&showDisabled=true&dateTo=2020-01-01") == ["Ann"]


def test_address_of_somebody_in_another_program_is_not_in_this_one(caller, members, acme):
    make_member(add_second_program(acme), "dan")

    assert names(caller, "query=dan@dan.example&programId=default") == []
    assert names(caller, "query=dan@dan.example&programId=Autumn Invite") == ["Dan"]


def test_no_answer_has_more_rows_than_it_can_hold(caller, members, monkeypatch):
    """Whoever asks for no page is told by `total` that there is more."""
    monkeypatch.setattr("api.referral_rock.paging.MOST", 2)
    monkeypatch.setattr("api.referral_rock.paging.CHUNK", 1)

    answer = caller.get(MEMBERS).json()

    assert ([row["firstName"] for row in answer["members"]], answer["total"]) == (["Cy", "Bea"], 3)


def test_counts_are_of_the_member_alone(caller, members):
    ann, bea, cy = reversed(caller.get(MEMBERS).json()["members"])

    assert [each["referrals"] for each in (ann, bea, cy)] == [1, 2, 0]
    assert [each["referralsApprovedAmount"] for each in (ann, bea, cy)] == [10.0, 20.0, 0.0]
    assert [each["rewardsPendingAmount"] for each in (ann, bea, cy)] == [2.5, 5.0, 0.0]
    assert [each["firstReferralViewDate"] for each in (ann, bea, cy)] == [
        "2026-06-01T12:00:00.0000000Z",
        None,
        "2026-06-01T12:00:00.0000000Z",
    ]
