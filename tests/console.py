"""What tests of the console share: who signs in, cases to look at, and what a request did to the database."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credits.models import Review
from referrals.models import Member, Referral
from referrals.services.people import note_identifier
from tests.cast import NOON, make_referral, pay

PASSWORD = "correct horse battery"
WRITES = re.compile(
    r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY|CREATE|ALTER|DROP)\b|\bFOR (NO KEY )?UPDATE\b", re.IGNORECASE
)


def make_staff(name: str, *, group: str = "", permission: str = "", **fields: object) -> User:
    user = get_user_model().objects.create_user(name, f"{name}@staff.example", PASSWORD, is_staff=True, **fields)
    if group:
        user.groups.add(Group.objects.get(name=group))
    if permission:
        user.user_permissions.add(Permission.objects.get(codename=permission))
    return user


def sign_in(user: User, **options: object) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture
def root(db: None) -> Client:
    """A superuser at the console."""
    return sign_in(make_staff("root", is_superuser=True))


@pytest.fixture
def desk(bob: User) -> Client:
    """Bob, a reviewer, at the console."""
    return sign_in(bob)


def make_case(
    referrer: Member, name: str, *, amount: int = 40_00, at: datetime = NOON, invoice: str = "", **person: object
) -> Review:
    """A referral held because both people paid with the same card. The referrer earns a quarter, the other 10.00."""
    referral = make_referral(referrer, name, at=at, **person)
    share_card(referral, at=at)
    pay(referral, amount, key=invoice, at=at)
    return Review.objects.get(referral=referral)


def share_card(referral: Referral, *, at: datetime) -> None:
    for person in (referral.referrer.person, referral.referred):
        note_identifier(person, "card", f"fp_of_{referral.referrer.person.external_id}", at=at)


@contextmanager
def reading_only() -> Iterator[CaptureQueriesContext]:
    """Whatever happens inside writes nothing and locks nothing."""
    with CaptureQueriesContext(connection) as captured:
        yield captured
    assert [query["sql"] for query in captured if WRITES.search(query["sql"])] == []


def count_queries(client: Client, url: str) -> int:
    """How many statements a page takes, itself and its session; it must be there and write nothing."""
    with reading_only() as captured:
        response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return len(captured)


def messages_of(response: object) -> list[str]:
    """What the page that a response led to tells the person."""
    return [str(message) for message in response.context["messages"]]


def explain(sql: str) -> dict:
    """Run a statement again and return how PostgreSQL did it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    return plan["Plan"]


def _nodes(plan: dict, table: str) -> list[dict]:
    inner = [node for child in plan.get("Plans", []) for node in _nodes(child, table)]
    return [plan, *inner] if plan.get("Relation Name", "").startswith(table) else inner


def scans_of(plan: dict, table: str) -> list[str]:
    """How a plan reads a table, or each of its partitions."""
    return [node["Node Type"] for node in _nodes(plan, table)]


def indexes_of(plan: dict, table: str) -> set[str]:
    return {node["Index Name"] for node in _nodes(plan, table) if "Index Name" in node}


def rows_read(plan: dict, table: str) -> int:
    return max(int(node["Actual Rows"]) for node in _nodes(plan, table))
