"""The OpenAPI of each dialect, by its folder's name."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular carries no types.

from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from api.openapi import schemes  # noqa: F401 (the library finds what is in it)


@dataclass(frozen=True)
class Dialect:
    """A dialect as its schema names it, and where its addresses are."""

    title: str
    prefix: str
    urls: str
    description: str

    @property
    def patterns(self) -> list[URLPattern | URLResolver]:
        return [path(self.prefix, include(self.urls))]


DIALECTS = {
    "attribution-service": Dialect(
        "Referral Attribution Service",
        "api/v1/referral-attributions",
        "api.attribution_service.urls",
        "Clicks on codes, and the conversions that came of them.",
    ),
    "crawlora": Dialect("Crawlora referrals", "api/v1/", "api.crawlora.urls", "Referrals as Crawlora's API has them."),
    "referral-rock": Dialect(
        "Referral Rock", "api/", "api.referral_rock.urls", "Referral programs as Referral Rock's API has them."
    ),
    "saasquatch": Dialect(
        "SaaSquatch", "api/v1/<str:tenant_alias>/", "api.saasquatch.urls", "Referrals as SaaSquatch's API has them."
    ),
    "webshare": Dialect(
        "Webshare referrals", "api/v2/referral/", "api.webshare.urls", "Referrals as Webshare's API has them."
    ),
}


def describe(name: str, request: Request | None = None) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a dialect. Raises KeyError for a name that is none's."""
    dialect = DIALECTS[name]
    schema: dict[str, Any] = SchemaGenerator(patterns=dialect.patterns).get_schema(request=request, public=True)
    return {**schema, "info": {"title": dialect.title, "version": "1.0.0", "description": dialect.description}}
