"""Recordings: one JSON file is one case of a dialect. It says which world is given, what is asked, what is answered.

    {"given": "a pending credit",                            # a world of the dialect's own worlds.py
     "request": {"method": "GET", "path": "/api/…/<credit>/", "headers": {…}, "body": {…} or "raw": "text"},
     "response": {"status": 200, "headers": {…}, "body": {…}}}    # no body: an empty answer

`<name>` in a request stands for what the world calls by that name. In an answer it stands for that very value or, where
the world knows no such name, for any value of a type named below. Everything else must be equal: values, their types,
and the order of fields.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

World = dict[str, Any]

TEXT_TYPES = {
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d",
    "second": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z",
    "attr": r"attr_[0-9a-f]+",
    "refclk": r"refclk_[0-9a-f]+",
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "digits": r"\d+",
    "text": r".+",
}
NAME = re.compile(r"<([a-z_]+)>")


def recordings_of(test_file: str) -> list[Any]:
    """A pytest parameter for each recording beside a test file, named for its case."""
    folder = Path(test_file).with_name("recordings")
    return [pytest.param(json.loads(path.read_text()), id=path.stem) for path in sorted(folder.glob("*.json"))]


def play(recording: dict[str, Any], worlds: dict[str, Callable[[], World]]) -> None:
    """Build the world, ask, and compare the answer with the recorded one."""
    world = worlds[recording["given"]]()
    response = _ask(_fill_in(recording["request"], world))
    expected = recording["response"]
    assert response.status_code == expected["status"], response.content
    for name, value in expected.get("headers", {}).items():
        compare(response.headers.get(name), value, world, name)
    compare(_body_of(response), expected.get("body", ""), world, "body")


def _ask(request: dict[str, Any]) -> HttpResponse:
    content = request["raw"] if "raw" in request else json.dumps(request["body"]) if "body" in request else ""
    headers = {"Accept": "application/json", **request.get("headers", {})}
    return Client().generic(
        request["method"],
        request["path"],
        content.encode(),
        content_type=headers.pop("Content-Type", "application/json" if content else ""),
        headers=headers,
    )


def _body_of(response: HttpResponse) -> Any:
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return json.loads(response.content)
    return response.content.decode()


def _fill_in(value: Any, world: World) -> Any:
    if isinstance(value, dict):
        return {name: _fill_in(part, world) for name, part in value.items()}
    if isinstance(value, list):
        return [_fill_in(part, world) for part in value]
    if not isinstance(value, str):
        return value
    return NAME.sub(lambda found: str(world[found[1]]), value)


def compare(actual: Any, expected: Any, world: World, where: str) -> None:
    if isinstance(expected, dict) and isinstance(actual, dict):
        expected = {_fill_in(name, world): part for name, part in expected.items()}
        assert list(actual) == list(expected), where
        for name, part in expected.items():
            compare(actual[name], part, world, f"{where}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        assert len(actual) == len(expected), f"{where}: {actual}"
        for number, part in enumerate(expected):
            compare(actual[number], part, world, f"{where}[{number}]")
    elif isinstance(expected, str) and (named := NAME.fullmatch(expected)):
        _compare_named(actual, named[1], world, where)
    else:
        filled = _fill_in(expected, world) if isinstance(expected, str) else expected
        assert (type(actual), actual) == (type(filled), filled), where


def _compare_named(actual: Any, name: str, world: World, where: str) -> None:
    if name in world:
        assert (type(actual), actual) == (type(world[name]), world[name]), where
    elif name == "int":
        assert type(actual) is int, f"{where}: {actual!r}"
    else:
        assert isinstance(actual, str), f"{where}: {actual!r}"
        assert re.fullmatch(TEXT_TYPES[name], actual), f"{where}: {actual!r}"
