"""What a member did and what came of it within a period (contracts/referral-rock.md, 4.9)."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from api.referral_rock.formats import show_amount, show_time_or_none
from api.referral_rock.gather.members import Referred, Rewarded, referred_by, rewarded_to
from credits.models import Reward
from referrals.models import Code, Member, Referral
from referrals.services.touch_counts import Touches, count_touches


class Period(NamedTuple):
    """From `since` on, up to and without `until`; None for no bound."""

    since: datetime | None
    until: datetime | None

    def within(self, column: str) -> Q:
        since = Q(**{f"{column}__gte": self.since}) if self.since else Q()
        return since & Q(**{f"{column}__lt": self.until}) if self.until else since

    def may_hold(self, first: datetime | None, last: datetime | None) -> bool:
        """Whether anything that happened between these two may have happened in it."""
        starts_late = self.until is not None and first is not None and first >= self.until
        ends_early = self.since is not None and (last is None or last < self.since)
        return not starts_late and not ends_early


def period_called(name: str, *, at: datetime) -> Period:
    """Months are calendar months in UTC; days are 24 hours, counted back from now."""
    month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    match name:
        case "MonthToDate":
            return Period(month, None)
        case "LastMonth":
            return Period((month - timedelta(days=1)).replace(day=1), month)
        case "Last7Days":
            return Period(at - timedelta(days=7), None)
        case "Last30Days":
            return Period(at - timedelta(days=30), None)
    return Period(None, None)


def show_stats(member: Member, period: Period) -> dict[str, Any]:
    """Referrals and rewards that were added within the period, as they stand now, and clicks within it.

    Views of the member's own pages and shares have no dates of their own: all are told where any may lie within it.
    """
    referred = referred_by(Referral.objects.filter(period.within("attributed_at"), referrer=member))
    of_member = Reward.objects.filter(period.within("created_at"), person=member.person_id, program=member.program_id)
    rewarded = rewarded_to(of_member)
    return {
        **_show_doings(member, period),
        **_show_referrals(referred.get(member.pk, Referred()), clicks=_count_clicks(member, period)),
        **_show_rewards(rewarded.get((member.person_id, member.program_id), Rewarded()), member.program.currency),
        "activatedDate": show_time_or_none(member.activated_at),
        "lastActiveDate": show_time_or_none(member.last_active_at),
        "lastShareDate": show_time_or_none(member.last_share_at),
    }


def _show_doings(member: Member, period: Period) -> dict[str, int]:
    saw = period.may_hold(member.first_view_at, member.last_active_at)
    shared = period.may_hold(member.first_share_at, member.last_share_at)
    return {
        "memberViews": member.views if saw else 0,
        "memberShares": member.email_shares + member.social_shares if shared else 0,
    }


def _show_referrals(referred: Referred, *, clicks: int) -> dict[str, int]:
    return {
        "referralsCount": referred.count,
        "referralsApproved": referred.approved,
        "referralsQualified": referred.qualified,
        "referralsPending": referred.pending,
        "referralsViews": clicks,
    }


def _show_rewards(rewarded: Rewarded, currency: str) -> dict[str, Any]:
    return {
        "rewardsCount": rewarded.count,
        "rewardsPendingAmount": show_amount(rewarded.pending_amount, currency),
        "rewardsIssuedAmount": show_amount(rewarded.issued_amount, currency),
        "rewardAmountTotal": show_amount(rewarded.total, currency),
    }


def _count_clicks(member: Member, period: Period) -> int:
    codes = tuple(Code.objects.filter(member=member).values_list("pk", flat=True))
    if not codes:
        return 0
    return count_touches(Touches(member.tenant_id, codes, since=period.since, until=period.until, valid_clicks=True))
