from django.urls import URLPattern, path
from rest_framework.views import APIView

from api.attribution_service.views import AttributionsView, AttributionView, MentorAttributionsView, MentorTotalView

app_name = "attribution_service"


def _either(route: str, view: type[APIView], name: str) -> list[URLPattern]:
    """A route with and without a slash at its end, once in the schema."""
    return [path(route, view.as_view(), name=name), path(f"{route}/", view.as_view(schema=None))]


urlpatterns = [
    *_either("", AttributionsView, "attributions"),
    *_either("/mentor/<str:mentor_id>", MentorAttributionsView, "attributions-of-mentor"),
    *_either("/mentor/<str:mentor_id>/total", MentorTotalView, "total-of-mentor"),
    *_either("/<str:attribution_id>", AttributionView, "attribution"),
]
