"""`/api/...`, whatever the capitals of a path. Included last under /api/: v1, v2 and the rest are other dialects'."""

from typing import Any

from django.urls import URLPattern

from api.anycase import any_case
from api.referral_rock.views import (
    actions,
    email,
    hooks,
    invites,
    member_access,
    member_stats,
    members,
    payouts,
    programs,
    referral_changes,
    referrals,
    reward_outcomes,
    rewards,
    rules,
)

app_name = "referral_rock"


def at(route: str, view: Any) -> URLPattern:
    """A path, without a slash at its end."""
    return any_case(route, view.as_view(), name=route.replace("/", "_"))


urlpatterns = [
    at("programs", programs.ProgramsView),
    at("program/getsingle", programs.ProgramView),
    at("hooks", hooks.HooksView),
    any_case("hooks/history/<str:event_name>", hooks.HookHistoryView.as_view(), name="hooks_history"),
    at("email/unsubscribe", email.UnsubscribeView),
    at("email/removeunsubscribe", email.RemoveUnsubscribeView),
    at("email/getunsubscribed", email.UnsubscribedView),
    at("invitefeeds", invites.InviteFeedsView),
    at("invitefeed", invites.InviteFeedView),
    at("members", members.MembersView),
    at("members/update", members.UpdateMembersView),
    at("members/remove", members.RemoveMembersView),
    at("memberstats/getsingle", member_stats.MemberStatsView),
    at("memberaccessurls", member_access.MemberAccessUrlsView),
    at("memberaccess", member_access.MemberAccessView),
    at("referralaction", actions.ReferralActionView),
    at("referrals", referrals.ReferralsView),
    at("referral/single", referrals.ReferralView),
    at("referral/update", referral_changes.UpdateReferralsView),
    at("referrals/status", referral_changes.ReferralStatusView),
    at("referral/remove", referral_changes.RemoveReferralsView),
    at("payouts", payouts.PayoutsView),
    at("payouts/pending", payouts.PendingPayoutsView),
    at("payouts/transactions", payouts.TransactionsView),
    any_case("payouts/<str:payout_id>", payouts.PayoutView.as_view(), name="payout"),
    at("rewards", rewards.RewardsView),
    at("rewards/update", rewards.UpdateRewardsView),
    at("rewards/issue", reward_outcomes.IssueRewardView),
    at("rewards/remove", reward_outcomes.RemoveRewardsView),
    at("rewardrules", rules.RewardRulesView),
]
