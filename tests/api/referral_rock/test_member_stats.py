"""What a member did within a period."""

from datetime import UTC, datetime, timedelta

import pytest

from api.referral_rock.stats import period_called, show_stats
from referrals.models import Member
from referrals.services.attributions import record_click
from tests.api.referral_rock.worlds import PHONE
from tests.cast import make_referral, pay

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def history(alice) -> Member:
    """Somebody came, and somebody else clicked, 1, 8, 20 and 40 days before the first of September."""
    for days in (1, 8, 20, 40):
        at = NOW - timedelta(days=days)
        record_click("ALICE", tenant=alice.tenant, ip=f"198.51.100.{days}", user_agent=PHONE, at=at)
        pay(make_referral(alice, f"friend{days}", at=at), 10_00, at=at)
    return alice


@pytest.mark.parametrize(
    ("period", "expected"),
    [("All", 4), ("MonthToDate", 0), ("LastMonth", 3), ("Last7Days", 1), ("Last30Days", 3)],
)
def test_period_counts_what_was_added_in_it(history, period, expected):
    stats = show_stats(history, period_called(period, at=NOW))

    found = [stats[name] for name in ("referralsCount", "referralsApproved", "referralsViews", "rewardsCount")]
    assert found == [expected] * 4
    assert stats["rewardsPendingAmount"] == 2.5 * expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [("All", 3), ("MonthToDate", 3), ("LastMonth", 0), ("Last7Days", 3), ("Last30Days", 3)],
)
def test_visits_are_told_where_they_may_lie_in_the_period(alice, period, expected):
    """They have no dates of their own, but the first and the last do."""
    alice.views, alice.first_view_at, alice.last_active_at = 3, NOW - timedelta(hours=2), NOW - timedelta(hours=1)

    assert show_stats(alice, period_called(period, at=NOW))["memberViews"] == expected


def test_last_month_of_january_is_december():
    period = period_called("LastMonth", at=datetime(2026, 1, 31, tzinfo=UTC))

    assert period == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
