"""`check_books` exits 0 when the books agree, else 1 with the rows that differ."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from credits.models import BooksCheck, Reward
from tests.cast import make_referral, pay


def check() -> tuple[int, list[str]]:
    """The exit code and the lines printed."""
    out = StringIO()
    try:
        call_command("check_books", stdout=out, no_color=True)
    except SystemExit as stop:
        return int(stop.code), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


@pytest.fixture
def reward(alice) -> Reward:
    pay(make_referral(alice, "dana"), 100_00)
    return Reward.objects.get(side="referrer")


def test_books_that_agree_exit_0(reward):
    code, lines = check()

    assert code == 0
    assert lines[0].startswith("2 rewards and 2 entries recomputed in ")
    assert lines[1:] == ["the books agree"]


def test_books_that_differ_exit_1_and_name_the_rows(reward):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE credits_reward SET status = 'available' WHERE id = %s", [reward.pk])

    code, lines = check()

    assert code == 1
    assert lines[1:] == [
        f"reward states: reward {reward.pk} is available with 2500 in pending and 0 in available by its entries, "
        "of 2500 USD less 0 and 0"
    ]


def test_each_run_is_recorded(reward):
    check()
    Reward.objects.filter(pk=reward.pk).update(amount=1)
    check()

    assert list(BooksCheck.objects.order_by("id").values_list("ok", "rewards", "entries")) == [
        (True, 2, 2),
        (False, 2, 2),
    ]
