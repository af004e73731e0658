from django.urls import path, re_path

from portal.doors import in_frame, in_window
from portal.views.joining import join
from portal.views.links import follow_link
from portal.views.members import download_qr, enter, invite, show_list, show_overview, show_signed_out, sign_out
from portal.views.preferences import show_preferences
from portal.views.shares import share, show_widget
from portal.views.unsubscribe import unsubscribe
from referrals.services.access import View

app_name = "portal"
LISTS = ("referrals", "rewards", "payouts")

urlpatterns = [
    re_path(r"^r/(?P<code>[^/]+)/?$", follow_link, name="link"),
    re_path(r"^r/(?P<alias>[^/]+)/(?P<code>[^/]+)/?$", follow_link, name="tenant_link"),
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("j/<str:token>", join, name="join"),
    path("s/<str:channel>/<str:alias>/<str:code>", share, name="share"),
    path("w/<str:token>", in_frame(show_widget, opens=View.SHARE), name="widget"),
    path("p/<str:token>", enter, name="enter"),
    path("portal/", in_window(show_overview), name="overview"),
    path("portal", in_window(show_overview)),
    *[path(f"portal/{name}", in_window(show_list), {"name": name}, name=name) for name in LISTS],
    path("portal/invite", in_window(invite), name="invite"),
    path("portal/qr.png", in_window(download_qr), name="qr"),
    path("portal/preferences", in_window(show_preferences), name="preferences"),
    path("portal/sign-out", sign_out, name="sign_out"),
    path("portal/signed-out", show_signed_out, name="signed_out"),
    path("pe/<str:token>/", in_frame(show_overview), name="embed"),
    *[path(f"pe/<str:token>/{name}", in_frame(show_list), {"name": name}, name=f"embed_{name}") for name in LISTS],
    path("pe/<str:token>/invite", in_frame(invite), name="embed_invite"),
    path("pe/<str:token>/qr.png", in_frame(download_qr), name="embed_qr"),
]
