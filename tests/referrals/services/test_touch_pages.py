"""Pages of touches: the same rows in the same order, however deep and however they are found."""

from datetime import timedelta
from random import Random

import pytest

from referrals.models import Attribution, Member
from referrals.services import touch_pages
from referrals.services.attributions import record_click
from referrals.services.members import add_code
from referrals.services.referrals import refer
from referrals.services.touch_counts import Touches, fold_touches
from referrals.services.touch_pages import page_of_touches
from tests.cast import NOON, make_member, make_person

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"


@pytest.fixture(params=["walked", "sought"])
def _either_way(request, monkeypatch):
    """Pages are found by walking, and again by the counts alone."""
    if request.param == "sought":
        monkeypatch.setattr(touch_pages, "SHALLOW", -1)


@pytest.fixture
def mixed(alice: Member) -> Member:
    """150 touches on three codes of two members, some at the same instant, some confirmed, some removed."""
    random = Random(11)
    add_code(alice, "ALICE2", at=NOON)
    make_member(alice.program, "anna", code="ANNA")
    for number in range(150):
        clicked = record_click(
            random.choice(["ALICE", "ALICE", "ALICE2", "ANNA"]),
            ip=f"198.51.100.{number}",
            user_agent=PHONE,
            occurred_at=NOON - timedelta(minutes=10 * random.randrange(400)),
            at=NOON,
        )
        if number % 10 == 0:
            refer(alice.program, make_person(alice.tenant, f"p{number}"), click_id=clicked.public_id, at=NOON)
        if number % 17 == 0:
            Attribution.objects.filter(pk=clicked.id).update(deleted_at=NOON)
        if number == 100:
            fold_touches()
    return alice


def codes_of(member: Member) -> tuple[int, ...]:
    return tuple(member.codes.order_by("pk").values_list("pk", flat=True))


NARROWED = [
    {},
    {"status": "pending"},
    {"status": "confirmed"},
    {"since": NOON - timedelta(hours=40)},
    {"until": NOON - timedelta(hours=3, minutes=20)},
    {"since": NOON - timedelta(hours=50), "until": NOON - timedelta(hours=1), "status": "pending"},
    {"since": NOON - timedelta(hours=3), "until": NOON - timedelta(hours=2, minutes=30)},
    {"since": NOON, "until": NOON - timedelta(hours=1)},
]


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("narrowed", NARROWED)
@pytest.mark.parametrize("whole", [True, False], ids=["of the tenant", "of a member"])
def test_every_page_is_a_slice_of_all_rows_in_order(mixed: Member, whole, narrowed):
    codes = None if whole else codes_of(mixed)
    rows = Attribution.objects.for_tenant(mixed.tenant)
    rows = rows if whole else rows.filter(member=mixed)
    rows = rows.filter(status=narrowed["status"]) if "status" in narrowed else rows
    rows = rows.filter(occurred_at__gte=narrowed["since"]) if "since" in narrowed else rows
    rows = rows.filter(occurred_at__lt=narrowed["until"]) if "until" in narrowed else rows
    expected = list(rows.order_by("-occurred_at", "-id").values_list("pk", flat=True))
    touches = Touches(mixed.tenant_id, codes, **narrowed)

    for offset in range(0, len(expected) + 7, 7):
        found = page_of_touches(touches, offset=offset, limit=7)
        assert [touch.pk for touch in found] == expected[offset : offset + 7], offset


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_two_queries(alice: Member, rows, django_assert_num_queries):
    for number in range(rows):
        clicked = record_click("ALICE", ip=f"198.51.100.{number}", user_agent=PHONE, at=NOON)
        refer(alice.program, make_person(alice.tenant, f"p{number}"), click_id=clicked.public_id, at=NOON)

    with django_assert_num_queries(2):
        page = page_of_touches(Touches(alice.tenant_id), offset=0, limit=20)
        told = [(touch.code.code, touch.member.person.external_id, touch.new_member) for touch in page]

    assert len(told) == rows
