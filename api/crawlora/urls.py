from django.urls import path

from api.crawlora.admin_views import (
    ApproveView,
    RecoverView,
    ReferralsView,
    ReferralView,
    RejectView,
    StatsView,
)
from api.crawlora.views import ClickView, MeView, MyEventsView

app_name = "crawlora"

urlpatterns = [
    path("admin/referrals", ReferralsView.as_view(), name="referrals"),
    path("admin/referrals/stats", StatsView.as_view(), name="stats"),
    path("admin/referrals/recover", RecoverView.as_view(), name="recover"),
    path("admin/referrals/<str:referral_id>", ReferralView.as_view(), name="referral"),
    path("admin/referrals/<str:referral_id>/approve", ApproveView.as_view(), name="approve"),
    path("admin/referrals/<str:referral_id>/reject", RejectView.as_view(), name="reject"),
    path("referrals/click", ClickView.as_view(), name="click"),
    path("referrals/me", MeView.as_view(), name="me"),
    path("referrals/me/events", MyEventsView.as_view(), name="my-events"),
]
