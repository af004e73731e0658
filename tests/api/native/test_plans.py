"""Every route that changes something: rehearsed, done as it was rehearsed, and refused where the world has moved on.

The routes are found in the URL configuration, so that a new one has to say in `moves` how it is called.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from credits.models import LedgerEntry
from events.models import Event
from tenants.models import ApiKey
from tests.api.native.moves import MOVES, Move, friend, touch_first_named
from tests.api.native.tables import digest_of_tables
from tests.api.routes import api_routes
from tests.api.twins import Twin, make_twin

SAFE = {"GET"}
NAME = re.compile(r"<([\w-]+)>")
# What is another one each time: instants, ids, codes and secrets that are made up.
MADE_UP = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^\"]*|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
    r"|(?<=\"cod_)[0-9a-f]+|(?<=\"attr_)[0-9a-f]+|(?<=\"act_)[0-9a-f]+|(?<=\"action\": \")[0-9a-f]+"
    r"|(?<=\"cause\": \"denied:)[0-9]+|(?<=\"cause\": \"changed:)[0-9]+"
    r"|(?<=\"code\": \")[2-9A-HJ-NP-Z]{9}(?=\")|whsec_[^\"]+|vk_[^\"]+"
)
FAR = "2100-01-01T00:00:00Z"


def native_moves() -> list[str]:
    """Such as `POST referrals/<referrals>/approve`."""
    routes = [route for route in api_routes() if route.app == "native"]
    asked = [(method, route.path.removeprefix("v1/")) for route in routes for method in route.methods]
    return [
        f"{method} {path.replace('str:id', path.partition('/')[0])}" for method, path in asked if method not in SAFE
    ]


@pytest.fixture
def twin(db) -> Twin:
    made = make_twin("acme")
    ApiKey.objects.update(last_used_at=FAR)  # so that its use is not noted meanwhile
    return made


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Caller:
    """Makes a move, with its names filled in."""

    def __init__(self, twin: Twin, name: str, move: Move) -> None:
        self.twin, self.move = twin, move
        self.method, _, path = name.partition(" ")
        self.names = {**twin.names, "friend": friend(twin)}
        self.names |= {name: find(twin) for name, find in move.names.items()}
        self.path, self.body = self.fill_in(path), json.loads(self.fill_in(json.dumps(move.body)))
        self.headers = {"Authorization": f"Bearer {twin.key}"}

    def fill_in(self, text: str) -> str:
        return NAME.sub(lambda found: str(self.names[found[1]]), text)

    @property
    def asked(self) -> list[str]:
        return re.findall(r"[a-z]{3,4}_[0-9a-f]+", f"{self.path} {json.dumps(self.body)}")

    def __call__(self, query: str = "", **headers: str) -> HttpResponse:
        content = "" if self.body is None else json.dumps(self.body)
        address = f"/v1/{self.path}{query}"
        headers = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return Client().generic(self.method, address, content, content_type="application/json", headers=headers)

    def meanwhile(self) -> None:
        if self.move.between:
            self.move.between(self.twin)
        else:
            touch_first_named(self.twin, self.asked)


def plain(told: Any) -> str:
    return MADE_UP.sub("-", json.dumps(told, sort_keys=True))


def done_since(event: int, entry: int) -> dict[str, list[str]]:
    """What the tables say was done, in the words of a rehearsal."""
    events = Event.objects.filter(pk__gt=event).order_by("pk")
    entries = LedgerEntry.objects.filter(pk__gt=entry).order_by("pk")
    return {
        "events": [plain([each.kind, each.data]) for each in events],
        "entries": [plain([each.kind, each.debit, each.credit, each.amount, each.currency]) for each in entries],
    }


def said_by(told: dict[str, Any]) -> dict[str, list[str]]:
    entries = [
        [each["kind"], each["debit"], each["credit"], each["money"]["amount"], each["money"]["currency"]]
        for each in told["entries"]
    ]
    return {
        "events": [plain([each["kind"], each["data"]]) for each in told["events"]],
        "entries": [plain(each) for each in entries],
    }


def last_of(model: Any) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_every_route_that_changes_something_has_a_move():
    assert sorted(native_moves()) == sorted(MOVES)


def test_what_is_rehearsed_is_done_and_nothing_else(twin):
    found = {name: rehearse_and_commit(twin, name, move) for name, move in MOVES.items()}

    assert {name: wrongs for name, wrongs in found.items() if wrongs} == {}


def rehearse_and_commit(twin: Twin, name: str, move: Move) -> list[str]:
    with rolled_back():
        call = Caller(twin, name, move)
        move.given(twin, f"key:{ApiKey.objects.filter(tenant=twin.tenant).order_by('pk').first().public_key}")
        before = digest_of_tables(connection)
        answer = call("?dry_run=true")
        if answer.status_code != 200:
            return [f"rehearsal: {answer.status_code} {answer.content.decode()[:300]}"]
        wrongs = ["the rehearsal left something"] * (digest_of_tables(connection) != before)
        told = answer.json()
        wrongs += ["nothing is told"] * (move.is_told and not told["events"])
        return wrongs + check_commit(call, told) + check_changed(call, told)


def check_commit(call: Caller, told: dict[str, Any]) -> list[str]:
    with rolled_back():
        marks = last_of(Event), last_of(LedgerEntry)
        answer = call(vouch_plan=told["plan"])
        if answer.status_code != told["status"]:
            return [f"commit: {answer.status_code} {answer.content.decode()[:500]}"]
        body = json.loads(answer.content) if answer.content else None
        wrongs = ["another answer"] * (plain(body) != plain(told["answer"]))
        return wrongs + ["something else was done"] * (done_since(*marks) != said_by(told))


def check_changed(call: Caller, told: dict[str, Any]) -> list[str]:
    with rolled_back():
        call.meanwhile()
        before = digest_of_tables(connection)
        answer = call(vouch_plan=told["plan"])
        problem = json.loads(answer.content or b"{}")
        if (answer.status_code, problem.get("code")) != (409, "plan_differs") or not problem["differences"]:
            return [f"after a change: {answer.status_code} {answer.content.decode()[:300]}"]
        return ["a plan that differs did something"] * (digest_of_tables(connection) != before)


def test_plan_is_of_one_request_and_of_one_day(twin, monkeypatch):
    call = Caller(twin, "POST programs", MOVES["POST programs"])
    plan = call("?dry_run=true").json()["plan"]

    other = Caller(twin, "POST people", MOVES["POST people"])(vouch_plan=plan)
    forged = call(vouch_plan=plan[:-2] + "xx")
    tomorrow = time.time() + 24 * 3600 + 60
    monkeypatch.setattr("time.time", lambda: tomorrow)
    late = call(vouch_plan=plan)

    codes = [answer.json()["code"] for answer in (other, forged, late)]
    assert codes == ["plan_of_another_request", "plan_expired", "plan_expired"]


def test_dry_run_is_true_or_false_and_nothing_else(twin):
    call = Caller(twin, "POST programs", MOVES["POST programs"])
    before = digest_of_tables(connection)

    answers = [call(query).status_code for query in ("?dry_run=yes", "?dryrun=true", "?dry_run=1")]

    assert (answers, digest_of_tables(connection)) == ([400, 400, 200], before)


def test_refused_rehearsal_is_answered_as_the_write_would_be(twin):
    call = Caller(
        twin, "POST members", Move({"program": "<programs>", "person": {"external_id": "x"}, "code": "ALICE"})
    )

    rehearsed, done = call("?dry_run=true"), call()

    assert (rehearsed.status_code, rehearsed.content) == (422, done.content)
