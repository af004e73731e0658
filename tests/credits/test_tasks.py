"""The clocks: each takes nothing and calls one service."""

from datetime import timedelta

import pytest
from django.utils import timezone

from credits.models import BooksCheck, Reward
from credits.tasks import check_books, mature_pending_credits
from tests.credits.bulk import add_credits


@pytest.fixture
def credits_due(alice) -> int:
    return add_credits(alice, referrals=2, payments=4, at=timezone.now() - timedelta(days=31))


@pytest.mark.parametrize("batch", [3, 5000])
def test_maturing_takes_what_is_due_by_now(credits_due, settings, batch):
    settings.MATURE_BATCH = batch

    assert mature_pending_credits() == credits_due == 7
    assert mature_pending_credits() == 0


def test_books_are_checked_and_the_run_is_kept(credits_due):
    assert check_books() is True
    Reward.objects.filter(side="referrer").update(amount=1)
    assert check_books() is False

    assert list(BooksCheck.objects.order_by("id").values_list("ok", flat=True)) == [True, False]
