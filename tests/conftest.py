"""What every test may ask for: the cast (see tests/cast.py) and a database whose ledger can be emptied afterwards."""

import uuid
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.core.management.commands import flush
from django.db import connection

from referrals.models import Member, Program
from tenants.models import Tenant
from tests.cast import make_member, make_program, make_tenant


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes runs only where it is asked for: `pytest -m slow`."""
    if "slow" not in config.option.markexpr:
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: pytest -m slow"))


@pytest.fixture(autouse=True, scope="session")
def _let_flush_empty_the_ledger() -> Iterator[None]:
    """Transactional tests end with a TRUNCATE of every table, which the ledger refuses: lift its triggers for the flush
    alone, and put back afterwards what migrations put there.
    """
    original = flush.Command.handle
    plans = import_module("tenants.migrations.0002_plans")
    groups = import_module("payouts.migrations.0002_staff_groups")
    permissions = [
        import_module(f"payouts.migrations.{name}")
        for name in ("0004_payout_permissions", "0005_webhook_permissions", "0006_outreach_permissions")
    ]

    def handle(self: flush.Command, **options: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE credits_ledgerentry DISABLE TRIGGER USER")
            original(self, **options)
            cursor.execute("ALTER TABLE credits_ledgerentry ENABLE TRIGGER USER")
        plans.create_plans(apps, None)
        groups.create_groups(apps, None)
        for each in permissions:
            each.add_permissions(apps, None)

    flush.Command.handle = handle
    yield
    flush.Command.handle = original


@pytest.fixture(autouse=True)
def _keys_of_its_own(settings) -> None:
    """What one test leaves in Redis is not there for the next."""
    settings.REDIS_PREFIX = f"{settings.REDIS_PREFIX}{uuid.uuid4().hex[:8]}:"


@pytest.fixture
def acme(db: None) -> Tenant:
    """Alice's company."""
    return make_tenant("acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    """Charlie's company."""
    return make_tenant("globex")


@pytest.fixture
def program(acme: Tenant) -> Program:
    return make_program(acme)


@pytest.fixture
def alice(program: Program) -> Member:
    """Alice refers people to acme's program with the code ALICE."""
    return make_member(program, "alice", code="ALICE")


@pytest.fixture
def bob(db: None) -> User:
    """Bob reviews."""
    user = get_user_model().objects.create_user("bob", "bob@staff.example", "a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewer"))
    return user
