from django.urls import path

from api.webshare.views import CreditDetailView, CreditListView

app_name = "webshare"

urlpatterns = [
    path("credit/", CreditListView.as_view(), name="credits"),
    path("credit/<str:pk>/", CreditDetailView.as_view(), name="credit"),
]
