from django.urls import path

from api.webshare.views.channels import ChannelView
from api.webshare.views.codes import CodeInfoView
from api.webshare.views.config import ConfigView
from api.webshare.views.coupons import CouponView
from api.webshare.views.credits import CreditDetailView, CreditListView
from api.webshare.views.earn_outs import EarnOutDetailView, EarnOutListView, EarnOutListWithoutSlashView

app_name = "webshare"

urlpatterns = [
    path("config/", ConfigView.as_view(), name="config"),
    path("credit/", CreditListView.as_view(), name="credits"),
    path("credit/<str:pk>/", CreditDetailView.as_view(), name="credit"),
    path("channel/", ChannelView.as_view(), name="channels"),
    path("coupon-code/", CouponView.as_view(), name="coupon"),
    path("earnout/", EarnOutListView.as_view(), name="earn_outs"),
    path("earnout", EarnOutListWithoutSlashView.as_view(), name="earn_outs_without_slash"),
    path("earnout/<str:pk>/", EarnOutDetailView.as_view(), name="earn_out"),
    path("code/info/", CodeInfoView.as_view(), name="code_info"),
]
