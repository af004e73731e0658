from datetime import timedelta

import pytest

from portal.paging import read_page
from referrals.models import Referral
from tests.cast import NOON, make_referral

SECOND = timedelta(seconds=1)


@pytest.fixture
def seven(alice) -> list[int]:
    """Referrals as a list shows them: newest first, three of them of one instant, and ids in another order."""
    instants = [NOON + 5 * SECOND, NOON, NOON + SECOND, NOON + SECOND, NOON + SECOND, NOON + 9 * SECOND, NOON - SECOND]
    made = [make_referral(alice, f"friend{number}", at=at) for number, at in enumerate(instants)]
    made.sort(key=lambda referral: (referral.attributed_at, referral.pk), reverse=True)
    return [referral.pk for referral in made]


def walk(instant: str, size: int) -> list[list[int]]:
    pages, cursor = [], ""
    while True:
        page = read_page(Referral.objects.all(), cursor=cursor, size=size, instant=instant)
        pages.append([row.pk for row in page.rows])
        cursor = page.after
        if not cursor:
            return pages


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8])
def test_pages_hold_every_row_once_and_in_order(seven, size):
    for instant, expected in (("attributed_at", seven), ("", sorted(seven, reverse=True))):
        pages = walk(instant, size)
        assert [pk for page in pages for pk in page] == expected
        assert {len(page) for page in pages[:-1]} <= {size}


def test_a_row_that_comes_meanwhile_moves_no_page(seven, alice):
    first = read_page(Referral.objects.all(), cursor="", size=3, instant="attributed_at")
    make_referral(alice, "latecomer", at=NOON + timedelta(days=1))

    second = read_page(Referral.objects.all(), cursor=first.after, size=3, instant="attributed_at")

    assert [row.pk for row in second.rows] == seven[3:6]


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "1", "1.2.3", ".", "-1.2", "²³.1", "9" * 18 + ".1", "9" * 30 + ".1", "1.", "' OR 1=1 --", "\x00"],
)
def test_a_cursor_that_is_none_begins_anew(seven, cursor):
    page = read_page(Referral.objects.all(), cursor=cursor, size=2, instant="attributed_at")

    assert [row.pk for row in page.rows] == seven[:2]
