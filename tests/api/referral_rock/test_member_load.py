"""Thousands of members, added one by one and updated a thousand at a time: exact, and no dearer at the end."""

import resource
import time
from dataclasses import dataclass, field

import pytest
from django.db import connection
from django.test import Client

from events.models import Event
from referrals.models import Code, Member, Person
from tenants.models import Plan

QUERIES_AN_ADD = 24
QUERIES_AN_ITEM = 12  # of an update that changes a person's own field, an address and a code's owner's standing
MEGABYTE = 1024


@dataclass
class Load:
    """Adds so many members, then updates them in batches of so many."""

    caller: Client
    members: int
    batch: int
    seconds: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    queries_of_an_add: int = 0

    def add_all(self) -> None:
        for number in range(self.members):
            body = {"programId": "default", "firstName": f"M{number}", "email": f"m{number}@many.example"}
            answer = self.caller.post("/api/members", {**body, "referralCode": f"M{number}"}, "application/json")
            assert (answer.status_code, answer.json()["message"]) == (201, "Member Added")

    def count_one_add(self) -> int:
        body = {"programId": "default", "firstName": "Last", "email": "last@many.example"}
        with connection.execute_wrapper(statements := Statements()):
            assert self.caller.post("/api/members", body, "application/json").status_code == 201
        return statements.count

    def update_all(self) -> None:
        for start in range(0, self.members, self.batch):
            numbers = range(start, start + self.batch)
            self.update([change(number) for number in numbers], [outcome(number) for number in numbers])

    def update(self, items: list[dict], expected: list[tuple[str, str]]) -> None:
        began = time.monotonic()
        with connection.execute_wrapper(statements := Statements()):
            results = self.caller.post("/api/members/update", items, "application/json").json()
        self.seconds.append(time.monotonic() - began)
        self.queries.append(statements.count)
        self.memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        told = [(row["resultInfo"]["Status"], (row["member"] or {}).get("phone", "")) for row in results]
        assert told == expected


def change(number: int) -> dict:
    """Every hundredth asks for somebody else's address, and every fiftieth means nobody."""
    code = f"M{number}" if number % 50 != 25 else f"nobody{number}"
    fields = {"phone": f"555-{number}", "email": "m0@many.example" if number % 100 == 99 else f"n{number}@many.example"}
    return {"query": {"primaryInfo": {"referralCode": code}}, "member": fields if number else {"phone": "555-0"}}


def outcome(number: int) -> tuple[str, str]:
    return ("Failed", "") if number % 50 == 25 or number % 100 == 99 else ("Succeeded", f"555-{number}")


class Statements:
    """Counts what is executed, without keeping it: no savepoints, which tests make of transactions."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, params, many, context)


def carry_out(load: Load) -> None:
    Plan.objects.update(calls_per_minute=1_000_000)  # what is measured is not the limit
    load.add_all()
    load.update_all()

    changed = sum(outcome(number)[0] == "Succeeded" for number in range(load.members))
    assert load.caller.get("/api/members?count=1").json()["total"] == load.members
    assert len(load.caller.get("/api/members").json()["members"]) == load.members
    assert (Member.objects.count(), Person.objects.count(), Code.objects.count()) == (load.members,) * 3
    assert Person.objects.filter(phone__startswith="555-").count() == changed
    assert Event.objects.filter(kind="member.enrolled").count() == load.members
    assert Event.objects.filter(kind="member.updated").count() == changed
    assert max(load.queries) / load.batch <= QUERIES_AN_ITEM
    load.queries_of_an_add = load.count_one_add()
    assert load.queries_of_an_add <= QUERIES_AN_ADD


@pytest.mark.django_db
def test_every_item_is_done_or_told_of_at_a_fixed_price(caller):
    carry_out(Load(caller, members=100, batch=50))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_five_thousand_members_are_updated_a_thousand_at_a_time(caller):
    """Whole answers of a thousand members with all their fields; the fifth needs no more memory than the first."""
    load = Load(caller, members=5000, batch=1000)

    began = time.monotonic()
    carry_out(load)

    print(f"all: {time.monotonic() - began:.0f} s; batches: {[round(each, 1) for each in load.seconds]} s")
    print(f"queries an item: {[each / load.batch for each in load.queries]}; an add: {load.queries_of_an_add}")
    print(f"peak memory after each batch: {[each // MEGABYTE for each in load.memory]} MB")
    assert max(load.queries) - min(load.queries) <= load.batch // 10
    assert load.memory[-1] - load.memory[0] <= 32 * MEGABYTE
