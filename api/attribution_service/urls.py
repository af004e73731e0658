from django.urls import path

from api.attribution_service.views import AttributionsView

app_name = "attribution_service"

urlpatterns = [
    path("", AttributionsView.as_view(), name="attributions"),
    path("/", AttributionsView.as_view(schema=None)),  # the same, and once in the schema
]
