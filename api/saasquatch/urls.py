"""`/api/v1/{tenant_alias}/...`. Included last under /api/v1/: the other dialects' first segments are no aliases."""

from django.urls import path

from api.saasquatch.views import accounts, codes, links, open_users, referrals, rewards, subscriptions, users

app_name = "saasquatch"

USER = "account/<str:account_id>/user/<str:user_id>"

urlpatterns = [
    path("referrals", referrals.ReferralsView.as_view(), name="referrals"),
    path("referrals/moderate", referrals.ModerateView.as_view(), name="moderate"),
    path("referrals/<str:referral_id>", referrals.ReferralView.as_view(), name="referral"),
    path("user", users.UserView.as_view(), name="user"),
    path("users", users.UsersView.as_view(), name="users"),
    path(USER, users.UserLookupView.as_view(), name="user_lookup"),
    path(f"{USER}/pii", users.UserPIIView.as_view(), name="user_pii"),
    path(f"{USER}/block", users.BlockView.as_view(), name="block"),
    path(f"{USER}/unblock", users.UnblockView.as_view(), name="unblock"),
    path(f"{USER}/shareurls", links.ShareUrlsView.as_view(), name="share_urls"),
    path(f"{USER}/sharelinks", links.ShareLinksView.as_view(), name="share_links"),
    path("accountsync", accounts.AccountSyncView.as_view(), name="account_sync"),
    path("account/<str:account_id>", accounts.AccountView.as_view(), name="account"),
    path("code/<str:code>", codes.CodeView.as_view(), name="code"),
    path("reward", rewards.RewardsView.as_view(), name="rewards"),
    path("reward/balance", rewards.BalanceView.as_view(), name="balance"),
    path("reward/<str:reward_id>", rewards.RewardView.as_view(), name="reward"),
    path("reward/<str:reward_id>/cancel", rewards.CancelView.as_view(), name="cancel"),
    path(f"rewards/{USER}", rewards.NewRewardView.as_view(), name="new_reward"),
    path("credit/bulkredeem", rewards.BulkRedeemView.as_view(), name="bulk_redeem"),
    path("credit/<str:reward_id>/redeem", rewards.RedeemView.as_view(), name="redeem"),
    path("subscription", subscriptions.SubscriptionsView.as_view(), name="subscriptions"),
    path("subscription/<path:url>/test", subscriptions.SubscriptionTestView.as_view(), name="subscription_test"),
    path("subscription/<path:url>", subscriptions.SubscriptionView.as_view(), name="subscription"),
    path("open/referrals", referrals.OpenReferralsView.as_view(), name="open_referrals"),
    path("open/user", open_users.OpenUserByCodeView.as_view(), name="open_user_by_code"),
    path(f"open/{USER}", open_users.OpenUserView.as_view(), name="open_user"),
    path(f"open/{USER}/shareurls", links.OpenShareUrlsView.as_view(), name="open_share_urls"),
    path("open/account/<str:account_id>", open_users.OpenAccountView.as_view(), name="open_account"),
    path("open/code/<str:code>", codes.OpenCodeView.as_view(), name="open_code"),
    path(f"open/code/<str:code>/{USER}", codes.ApplyCodeView.as_view(), name="apply_code"),
]
