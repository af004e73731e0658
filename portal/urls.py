from django.urls import re_path

from portal.views import follow_link

app_name = "portal"

urlpatterns = [
    re_path(r"^r/(?P<code>[^/]+)/?$", follow_link, name="link"),
    re_path(r"^r/(?P<alias>[^/]+)/(?P<code>[^/]+)/?$", follow_link, name="tenant_link"),
]
