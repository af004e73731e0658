"""The OpenAPI 3.1 document of this API, whole."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular carries no types.

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from api.native.openapi import fields  # noqa: F401 (the library finds what is in it)
from api.native.openapi.examples import add_examples
from api.openapi import schemes  # noqa: F401 (and in it)

PLACE = Path(settings.BASE_DIR) / "docs" / "openapi.json"
INFO = {
    "title": "Vouch",
    "version": "1.0.0",
    "description": (
        "Referral programs: who referred whom, what it earned, and why. Every write can be rehearsed (`dry_run`), done "
        "exactly as it was rehearsed (`Vouch-Plan`), and repeated without harm (`Idempotency-Key`). Amounts are minor "
        "units beside their currency, instants RFC 3339 in UTC, ids opaque. Refusals are RFC 9457 problem details."
    ),
}


def describe_native() -> dict[str, Any]:
    patterns = [path("v1/", include("api.native.urls"))]
    with patched_settings({"POSTPROCESSING_HOOKS": []}):  # a choice is told where it stands, under no made-up name
        made: dict[str, Any] = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
    document: dict[str, Any] = json.loads(json.dumps({**made, "info": INFO}, default=str))
    add_examples(document)
    return document


@cache
def read_document() -> str:
    """As it is committed, which lint holds against what the code says."""
    return PLACE.read_text()


def write_document() -> str:
    """As it is to be committed."""
    return json.dumps(describe_native(), indent=1, sort_keys=False, ensure_ascii=False) + "\n"
