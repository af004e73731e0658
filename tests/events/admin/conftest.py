import pytest
from django.test import Client

from events.models import WebhookEndpoint
from events.services.endpoints import subscribe
from tenants.models import Tenant
from tests.cast import NOON
from tests.console import make_staff, sign_in
from tests.events.conftest import PLAIN

URL = "https://hooks.example.com/x"


@pytest.fixture
def operator(db) -> Client:
    return sign_in(make_staff("olga", group="Operator"))


@pytest.fixture
def endpoint(acme: Tenant) -> WebhookEndpoint:
    return subscribe(acme, dialect=PLAIN, url=URL, secret="the old secret", topics=["happened"], at=NOON)
