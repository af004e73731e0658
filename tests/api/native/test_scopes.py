"""Every route of /v1/, found from the URL configuration, asked with keys that lack what it takes."""

import re

import pytest
from django.test import Client

from tests.api.native.conftest import Api
from tests.api.routes import api_routes

SAFE = {"GET"}
CALLS = [(method, route.path) for route in api_routes() if route.app == "native" for method in route.methods]
WRITES = [call for call in CALLS if call[0] not in SAFE]
READS = [call for call in CALLS if call[0] in SAFE]


def ask(api: Api, method: str, path: str):
    return api(method, re.sub(r"<[^>]+>", "x", path.removeprefix("v1/")), {} if method not in SAFE else None)


def test_there_are_routes_to_ask():
    assert len(WRITES) > 30
    assert len(READS) > 30


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_key_that_may_only_read_changes_nothing(acme, method, path):
    answer = ask(Api(acme, ["read"]), method, path)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path"), READS)
def test_a_key_that_may_only_write_reads_nothing(acme, method, path):
    answer = ask(Api(acme, ["write"]), method, path)

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_is_let_in_without_a_key(acme, method, path):
    nobody = Api(acme, ["read"])
    nobody.client = Client()
    answer = ask(nobody, method, path)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
