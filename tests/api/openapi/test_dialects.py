"""Each dialect's OpenAPI: complete, valid, and made without a warning."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.validation import validate_schema

from api.openapi.dialects import DIALECTS, describe

PARAMETER = re.compile(r"<\w+:\w+>|{\w+}")
METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(params=sorted(DIALECTS))
def name(request) -> str:
    return request.param


def routes(patterns, prefix="") -> list[str]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, f"{prefix}{pattern.pattern}")
        elif isinstance(pattern, URLPattern):
            found.append(f"{prefix}{pattern.pattern}")
    return found


def operations(schema) -> list[dict]:
    return [operation for path in schema["paths"].values() for method, operation in path.items() if method in METHODS]


def test_it_is_valid_and_made_without_a_warning(name, capsys):
    reset_generator_stats()

    schema = describe(name)
    validate_schema(schema)

    assert (schema["openapi"], bool(GENERATOR_STATS)) == ("3.1.1", False), capsys.readouterr().err


def test_every_route_is_in_it(name):
    """With and without a slash at its end it is one route, whichever of the two the document names."""
    told = {PARAMETER.sub("*", path).strip("/") for path in describe(name)["paths"]}

    assert told == {PARAMETER.sub("*", route).strip("/") for route in routes(DIALECTS[name].patterns)}


def test_every_operation_has_a_name_of_its_own_and_says_what_it_answers(name):
    found = operations(describe(name))

    names = [operation["operationId"] for operation in found]
    assert len(set(names)) == len(names)
    assert [operation["operationId"] for operation in found if not operation["responses"]] == []
    assert [operation["operationId"] for operation in found if not operation.get("description")] == []


def test_it_says_what_anybody_may_call():
    names = ("attribution-service", "crawlora", "saasquatch", "webshare")
    keyless = [each["operationId"] for name in names for each in operations(describe(name)) if is_keyless(each)]

    assert sorted(keyless) == [
        "confirmRecruitment", "getAttributionsByMentor", "getOpenCode", "getOpenUserByCode", "getReferralAttribution",
        "getReferralCodeInfo", "getTotalRecruitments", "listReferralAttributions", "recordReferralClick",
        "recordReferralClickEvent", "removeReferralAttribution",
    ]  # fmt: skip


def is_keyless(operation) -> bool:
    """Needs no key; it may take one all the same."""
    return "security" not in operation or {} in operation["security"]


def test_it_is_served_to_anybody(name):
    answer = Client().get(f"/v1/openapi/{name}.json")

    assert (answer.status_code, answer.json()["info"]["title"]) == (200, DIALECTS[name].title)


def test_another_name_is_not_found():
    assert Client().get("/v1/openapi/stripe.json").status_code == 404
