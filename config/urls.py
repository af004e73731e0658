"""Every address of Vouch, by who answers it."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from api.anycase import any_case_prefix
from config.health import healthz, metrics, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("", include("portal.urls")),
    path("webhooks/stripe/", include("api.stripe.urls")),
    path("v1/", include("api.openapi.urls")),
    path("v1/", include("api.native.urls")),
    path("api/v2/referral/", include("api.webshare.urls")),
    path("api/v1/referral-attributions", include("api.attribution_service.urls")),
    path("api/v1/", include("api.crawlora.urls")),
    path("api/v1/<str:tenant_alias>/", include("api.saasquatch.urls")),  # last: aliases are what is left of /api/v1/
    any_case_prefix("api/", include("api.referral_rock.urls")),  # and of /api/
]
