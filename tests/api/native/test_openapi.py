"""The document of the whole API: valid, complete, made without a warning, committed as the code says, and shown."""

import json
import re

import jsonschema
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.validation import validate_schema

from api.native.openapi import document
from tests.api.routes import api_routes

METHODS = {"get", "put", "post", "patch", "delete"}
WRITES = METHODS - {"get"}
EVERYWHERE = {"400", "401", "403", "405", "406", "429"}


@pytest.fixture(scope="module")
def described() -> dict:
    reset_generator_stats()
    return document.describe_native()


def operations(described) -> dict[str, dict]:
    return {
        f"{method.upper()} {path}": operation
        for path, each in described["paths"].items()
        for method, operation in each.items()
        if method in METHODS
    }


def test_it_is_valid_and_made_without_a_warning(described, capsys):
    validate_schema(described)

    assert (described["openapi"], bool(GENERATOR_STATS)) == ("3.1.1", False), capsys.readouterr().err


def test_it_is_committed_as_the_code_says(monkeypatch, tmp_path):
    call_command("export_openapi", "--check")
    monkeypatch.setattr("api.management.commands.export_openapi.PLACE", tmp_path / "openapi.json")

    with pytest.raises(CommandError, match="is not what the code says"):
        call_command("export_openapi", "--check")


def test_every_route_is_in_it(described):
    routes = [route for route in api_routes() if route.app == "native"]

    asked = {f"{method} /{route.path.replace('<str:id>', '{id}')}" for route in routes for method in route.methods}
    assert set(operations(described)) == asked


def test_every_operation_says_what_it_is_and_what_it_refuses(described):
    found = operations(described)

    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)
    assert [name for name, each in found.items() if not (each["summary"] and each["description"])] == []
    assert [name for name, each in found.items() if not each["responses"].keys() >= EVERYWHERE] == []
    assert [name for name, each in found.items() if "{id}" in name and "404" not in each["responses"]] == []


def test_every_write_says_how_it_is_rehearsed_and_repeated(described):
    wanted = {"dry_run", "Idempotency-Key", "Vouch-Plan"}
    writes = {name: each for name, each in operations(described).items() if name.split()[0].lower() in WRITES}

    told = {name: {parameter["name"] for parameter in each["parameters"]} for name, each in writes.items()}
    assert [name for name in told if not told[name] >= wanted] == []
    assert [name for name in told if ("{id}" in name) != ("If-Match" in told[name])] == []
    assert [name for name, each in writes.items() if "Rehearsal" not in json.dumps(each["responses"]["200"])] == []


def test_every_example_is_what_its_schema_allows(described):
    bodies = [
        (name, media)
        for name, each in operations(described).items()
        for body in (each.get("requestBody", {}), *each["responses"].values())
        for media in body.get("content", {}).values()
    ]

    wrong = {name: error for name, media in bodies if (error := fault_of(media, described))}
    assert (wrong, len(bodies) > 300) == ({}, True)


def fault_of(media, described) -> str:
    schema = {**media["schema"], "components": described["components"]}
    try:
        jsonschema.Draft202012Validator(schema).validate(media["example"])
    except jsonschema.ValidationError as error:
        return f"{error.json_path}: {error.message[:200]}"
    return ""


def test_it_is_served_to_anybody_with_a_page_that_asks_nothing_of_other_hosts():
    told = Client().get("/v1/openapi.json")
    page = Client().get("/v1/docs")

    assert (told.status_code, told.json()["info"]["title"]) == (200, "Vouch")
    text = page.content.decode()
    assert (page.status_code, re.findall(r"https?://", text), "<script>" in text) == (200, [], False)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
