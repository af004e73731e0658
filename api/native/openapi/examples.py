"""Examples of what is asked and answered, made of the schema itself: a value for each field by its name."""

import re
from typing import Any

from api.native.errors import CODES, MEANINGS, MEDIA_TYPE, UNPROCESSABLE, Problem, describe

Json = dict[str, Any]
MOMENT = "2026-06-01T12:00:00Z"
ID = "ref_6f1d2c3b4a5948378695a4b3c2d1e0f9"
WORDS: Json = {
    "id": ID,
    "code": "ALICE",
    "email": "dana@shop.example",
    "first_name": "Dana",
    "last_name": "Doe",
    "phone": "+1 555 0100",
    "country": "US",
    "locale": "en_US",
    "external_id": "user-42",
    "account_id": "account-7",
    "name": "default",
    "title": "Refer a friend",
    "currency": "USD",
    "amount": 250,
    "minimum_amount": 1000,
    "url": "https://hooks.shop.example/vouch",
    "landing_url": "https://shop.example/welcome",
    "topics": ["reward.available"],
    "ip_address": "198.51.100.7",
    "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)",
    "reason": "They share a card.",
    "secret": "made-up-and-shown-once",
    "scopes": ["read", "write"],
    "initial_rate": "0.250000",
    "ongoing_rate": "0.100000",
    "discount_rate": "0.200000",
    "rate": "0.250000",
    "next": None,
    "previous": None,
    "field": "",
    "dry_run": True,
}
PREFIXES = {
    "program": "prg", "person": "per", "member": "mem", "referral": "ref", "referrer": "mem", "referred": "per",
    "reward": "rwd", "action": "act", "rule": "rul", "method": "met", "payout_method": "met", "payout": "pay",
    "endpoint": "whk", "event": "evt",
}  # fmt: skip
# Of these one is given and the other left out.
INSTEAD = {"discount_amount": "discount_rate", "click_id": "code", "visitor": "code"}
DEPTH = 6
OF_TYPE = {
    str: ("string",),
    int: ("integer", "number"),
    list: ("array",),
    bool: ("boolean",),
    type(None): ("string", "null"),
}
BY_PATTERN = "reward.available"  # topics are all that have one
BY_FORMAT = {
    "date-time": MOMENT,
    "uuid": "6f1d2c3b-4a59-4837-8695-a4b3c2d1e0f9",
    "uri": "https://shop.example/",
    "decimal": "0.25",
}


def add_examples(document: Json) -> None:
    """Put an example beside each body that is asked or answered."""
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            media["example"] = example_of(media["schema"], document)
        for status, answer in operation["responses"].items():
            for kind, media in answer.get("content", {}).items():
                is_problem = kind == MEDIA_TYPE
                media["example"] = _problem(int(status)) if is_problem else example_of(media["schema"], document)


def _problem(status: int) -> Json:
    errors = [{"field": "email", "code": "invalid", "message": "Enter a valid email address."}]
    return {
        **describe(Problem(status, CODES[status], MEANINGS[status]), status),
        "errors": errors if status == UNPROCESSABLE else [],
    }


def example_of(schema: Json, document: Json, name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows."""
    schema = _resolve(schema, document)
    for many in ("oneOf", "anyOf", "allOf"):
        if many in schema:
            return _word(name, schema) if name in PREFIXES else example_of(schema[many][0], document, name, depth)
    if "properties" in schema and depth < DEPTH:
        return _object(schema, document, depth)
    if _has_word(name, schema):
        return _word(name, schema)
    if _type(schema) == "array":
        return [example_of(schema.get("items", {}), document, _singular(name), depth + 1)]
    return _plain(schema)


def _object(schema: Json, document: Json, depth: int) -> Json:
    parts = schema["properties"].items()
    shown = {name: part for name, part in parts if INSTEAD.get(name) not in schema["properties"]}
    return {name: example_of(part, document, name, depth + 1) for name, part in shown.items()}


def _word(name: str, schema: Json) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    return f"{PREFIXES[name]}_{ID.partition('_')[2]}" if name in PREFIXES else WORDS[name]


def _has_word(name: str, schema: Json) -> bool:
    """Whether the name says what could be there, and that is of the type that is wanted."""
    wanted = type(WORDS.get(name, "")) if name in WORDS or name in PREFIXES else None
    return wanted is not None and _type(schema) in OF_TYPE.get(wanted, ())


def _plain(schema: Json) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("default") is not None:
        return schema["default"]
    if "pattern" in schema and not re.search(schema["pattern"], "text"):
        return BY_PATTERN
    values = {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": False}
    empty: Json = {"object": {}, "array": [], "null": None}
    return {**values, **empty}.get(_type(schema), BY_FORMAT.get(schema.get("format", ""), "text"))


def _type(schema: Json) -> str:
    found = schema.get("type", "object" if not schema else "string")
    return str(found[0] if isinstance(found, list) else found)


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _resolve(schema: Json, document: Json) -> Json:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
